"""What a conversation asks for: its requests one after the other, each refining those before it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.graph.catalogue_graph import KINDS, SOFT, CatalogueGraph
from airloom.assistant.parsing.parsed_request import ParsedRequest
from airloom.assistant.parsing.price_range import PriceRange
from airloom.assistant.resolve import resolve
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


NO_CONSTRAINTS = Constraints()


def understand(
    turns: Sequence[ParsedRequest], graph: CatalogueGraph, constraints: Constraints = NO_CONSTRAINTS
) -> Understood:
    """Return what the last request of a conversation asks for, given those before it.

    A later condition replaces earlier ones that share a value or a hard relation with it, and a later kind of
    product an earlier one: "in black" after "in red" is black. Everything else adds up. Corrections and what
    the catalogue has no word for are of the last request.

    Args:
        turns: The requests, the first one first; at least one.
        graph: Of the snapshot that is searched.
        constraints: What else holds.
    """
    understood = functools.reduce(
        lambda before, now: _refined(before, now, graph), [resolve(turn, graph) for turn in turns]
    )
    return _constrained(understood, constraints, graph)


def _refined(before: Understood, now: Understood, graph: CatalogueGraph) -> Understood:
    kept = [
        condition
        for condition in before.conditions
        if not any(_replaces(later, condition, graph) for later in now.conditions)
    ]
    return now._replace(
        conditions=(*kept, *now.conditions),
        price_range=_within(before.price_range, now.price_range),
        references=tuple(dict.fromkeys((*before.references, *now.references))),
        words=tuple(dict.fromkeys((*before.words, *now.words))),
    )


def _replaces(later: Condition, earlier: Condition, graph: CatalogueGraph) -> bool:
    if np.intersect1d(later.values, earlier.values).size:
        return True
    if later.negated or earlier.negated:
        return False
    hard = _relations(later, graph) & _relations(earlier, graph) - SOFT
    are_kinds = bool(_relations(later, graph) & KINDS and _relations(earlier, graph) & KINDS)
    return bool(hard) or are_kinds


def _relations(condition: Condition, graph: CatalogueGraph) -> set[str]:
    relations = graph.snapshot.attributes.relations
    return {relations[value] for value in condition.values.tolist()}


def _within(before: PriceRange, now: PriceRange) -> PriceRange:
    """Return each bound that is named, of the later request if of both."""
    return PriceRange(
        before.low if now.low is None else now.low,
        before.high if now.high is None else now.high,
        now.currency or before.currency,
    )


def _constrained(understood: Understood, constraints: Constraints, graph: CatalogueGraph) -> Understood:
    demanded, unknown = [], []
    for pairs, negated in ((constraints.must, False), (constraints.must_not, True)):
        for relation, value in pairs:
            values = _values_of(relation, value, graph)
            if len(values):
                demanded.append(Condition(f"{relation}: {value}", values, negated=negated))
            else:
                unknown.append(f"{relation}: {value}")
    ignored = constraints.ignored
    conditions = [
        condition
        for condition in understood.conditions
        if condition.text not in ignored
        and not any(np.intersect1d(condition.values, other.values).size for other in demanded)
    ]
    own = PriceRange() if PRICE in ignored else understood.price_range
    return understood._replace(
        conditions=(*conditions, *demanded),
        price_range=_within(own, constraints.price_range),
        unknown=(*understood.unknown, *unknown),
        words=tuple(word for word in understood.words if word not in ignored),
    )


def _values_of(relation: str, value: str, graph: CatalogueGraph) -> NDArray[np.int32]:
    """Return the values of the graph that read so, int32 [n]: one, or none."""
    relations = graph.snapshot.attributes.relations
    values = graph.values.exact(value).tolist()
    return np.array([number for number in values if relations[number] == relation], np.int32)
