"""What a conversation asks for: its requests one after the other, each refining those before it."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from airloom.assistant.currency import NO_RATES, without_rate
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.graph.relations import KINDS, SOFT
from airloom.assistant.parsing.parsed_request import ParsedRequest
from airloom.assistant.parsing.price_range import PriceRange
from airloom.assistant.resolve import MAX_HARD, capped, resolve
from airloom.assistant.understood import PRICE, Condition, Understood


class Constraints(NamedTuple):
    """What holds whatever the words say, as a form or a removed chip tells it.

    Attributes:
        must: Values that a product must have, as (relation, value).
        must_not: Values that it must not have.
        price_range: Instead of the words' own, bound by bound.
        ignored: Texts of conditions that were not meant, `PRICE` for the price, and words.
    """

    must: tuple[tuple[str, str], ...] = ()
    must_not: tuple[tuple[str, str], ...] = ()
    price_range: PriceRange = PriceRange()
    ignored: frozenset[str] = frozenset()


NO_CONSTRAINTS: Final = Constraints()
_NONE: Final = np.empty(0, np.int32)


def understand(
    turns: Sequence[ParsedRequest],
    graph: CatalogueGraph,
    constraints: Constraints = NO_CONSTRAINTS,
    *,
    rates: Mapping[str, float] = NO_RATES,
) -> Understood:
    """Return what the last request of a conversation asks for, given those before it.

    A later condition replaces earlier ones that share a value or a hard relation with it, and a later kind of
    product an earlier one: "in black" after "in red" is black. Everything else adds up. Corrections and what
    the catalogue has no word for are of the last request.

    Args:
        turns: The requests, the first one first; at least one.
        graph: Of the snapshot that is searched.
        constraints: What else holds.
        rates: What one unit of other currencies is in the shop's, by code.
    """
    understood = functools.reduce(
        lambda before, now: _refined(before, now, graph), [resolve(turn, graph, rates) for turn in turns]
    )
    return _constrained(understood, constraints, graph)


def _refined(before: Understood, now: Understood, graph: CatalogueGraph) -> Understood:
    room = MAX_HARD - sum(condition.is_optional for condition in now.conditions)
    kept = capped(_kept(before.conditions, now.conditions, graph), room=room)
    return now._replace(
        conditions=(*kept, *now.conditions),
        price_range=_within(before.price_range, now.price_range),
        conversion=now.conversion if _is_bounded(now.price_range) else before.conversion,
        references=tuple(dict.fromkeys((*before.references, *now.references))),
        words=tuple(dict.fromkeys((*before.words, *now.words))),
        neighborhoods=tuple(dict.fromkeys((*before.neighborhoods, *now.neighborhoods))),
    )


def _kept(
    earlier: Sequence[Condition], later: Sequence[Condition], graph: CatalogueGraph
) -> Iterator[Condition]:
    """Yield what is left of earlier conditions: of "red or black", after "not red", black."""
    for condition in earlier:
        if any(replaces(other, condition, graph) for other in later):
            continue
        negated = [
            other.values for other in later if other.negated and not other.together and not condition.negated
        ]
        values = np.setdiff1d(condition.values, np.concatenate([*negated, _NONE]))
        if len(values):
            yield condition._replace(values=values) if len(values) < len(condition.values) else condition


def replaces(later: Condition, earlier: Condition, graph: CatalogueGraph) -> bool:
    """Return whether a later condition is said instead of an earlier one."""
    if later.negated:
        return False
    if earlier.negated:
        return not earlier.together and np.intersect1d(later.values, earlier.values).size > 0
    now, before = graph.relations_of(later.values), graph.relations_of(earlier.values)
    same_value = np.intersect1d(later.values, earlier.values).size > 0
    return same_value or bool(now & before - SOFT) or bool(now & KINDS and before & KINDS)


def _within(before: PriceRange, now: PriceRange) -> PriceRange:
    """Return each bound that is named, the later one if both name it; all of the later one if they cross."""
    merged = PriceRange(
        before.low if now.low is None else now.low,
        before.high if now.high is None else now.high,
        now.currency or before.currency,
    )
    crossed = merged.low is not None and merged.high is not None and merged.low > merged.high
    two_currencies = None not in (now.currency, before.currency) and now.currency != before.currency
    return now if crossed or two_currencies else merged


def _is_bounded(price_range: PriceRange) -> bool:
    return (price_range.low, price_range.high) != (None, None)


def _constrained(understood: Understood, constraints: Constraints, graph: CatalogueGraph) -> Understood:
    demanded, unknown = [], []
    for pairs, negated in ((constraints.must, False), (constraints.must_not, True)):
        for relation, value in pairs:
            values = graph.values_called(value, relation)
            text = f"{relation}: {value}"
            if len(values):
                demanded.append(Condition(text, values, negated=negated, is_demanded=True))
            else:
                unknown.append(text)
    meant = [condition for condition in understood.conditions if condition.text not in constraints.ignored]
    own = PriceRange() if PRICE in constraints.ignored else understood.price_range
    conversion = understood.conversion if _is_bounded(own) else None
    corrections = understood.corrections
    if conversion is not None and conversion.rate is None:
        corrections = (*corrections, without_rate(conversion))
    return understood._replace(
        corrections=corrections,
        conversion=conversion,
        conditions=(*_kept(meant, demanded, graph), *demanded),
        price_range=_within(own, constraints.price_range),
        form_price=constraints.price_range,
        unknown=(*understood.unknown, *unknown),
        words=tuple(word for word in understood.words if word not in constraints.ignored),
        neighborhoods=tuple(own for own in understood.neighborhoods if own.text not in constraints.ignored),
    )
