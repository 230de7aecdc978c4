"""Asks back where a request leaves open what is wanted, with answers that may be the next request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.answer import AssistantAnswer
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.graph.relations import KINDS, OF_OTHERS, SOFT
from airloom.assistant.parsing.price_range import PriceRange
from airloom.assistant.parsing.rules import RulesParser
from airloom.assistant.resolve import resolve
from airloom.assistant.retrieval import allowed_products
from airloom.assistant.turns import replaces
from airloom.assistant.understood import PRICE, Condition, CurrencyConversion, Reference, Understood
from airloom.assistant.wishes import Wishes, is_wish
from airloom.intents.linking.nodes import NO_NODE
from airloom.knowledge.edges import BRAND, CATEGORY
from airloom.ranking.candidates.filters import within_bounds

MAX_OPTIONS: Final = 4
MAX_TRIES: Final = 20
"""Products, or categories, that are looked at for an option."""


ENOUGH: Final = 0.5
"""Of the scores of wishes: where the best product has less, the kind of product is asked for."""


class Clarification(NamedTuple):
    """A question about a request.

    Attributes:
        question: One or two sentences, of words of the request and the catalogue.
        options: Requests, any of which may follow in the conversation; empty where only a person knows one.
    """

    question: str
    options: tuple[str, ...]


def clarification(answered: AssistantAnswer, graph: CatalogueGraph) -> Clarification | None:
    """Return what is to be asked; None where the request decides everything.

    Little of it may be understood, a title may be that of several products, its price may be in another
    currency, or its conditions contradict each other on the shelf.

    Args:
        answered: The answer, which guesses meanwhile.
        graph: Of the snapshot that was searched.
    """
    understood = answered.understood
    if _leaves_kind_open(understood, graph):
        options = tuple(islice(_popular_kinds(graph), MAX_OPTIONS))
        return Clarification("What kind of product should it be?", options)
    for reference in understood.references:
        options = _called_alike(reference, understood, graph)
        if len(options) > 1:
            question = f"Several products on sale are called “{reference.title}”. Which one is meant?"
            return Clarification(question, options)
    if understood.conversion is not None and understood.conversion.rate is None:
        return _about_currency(understood.conversion, understood.price_range)
    return _about_conflict(answered, graph) if answered.relaxed else None


def _about_currency(conversion: CurrencyConversion, taken: PriceRange) -> Clarification:
    """Ask for the price in the shop's currency, to which nobody knows the rate."""
    bounds = (PriceRange(low=taken.low), PriceRange(high=taken.high))
    options = [f"{_bound_text(bound)} {conversion.shop}" for bound in bounds if bound != PriceRange()]
    question = f"Prices are in {conversion.shop}, not in {conversion.currency}. "
    return Clarification(f"{question}What may it cost in {conversion.shop}?", tuple(options))


def _bound_text(bound: PriceRange) -> str:
    """Return one bound of a price in words that rules read as this bound."""
    return f"at least {bound.low:.10g}" if bound.high is None else f"up to {bound.high:.10g}"


def _leaves_kind_open(understood: Understood, graph: CatalogueGraph) -> bool:
    """Return whether nothing says what is wanted, or only words little of which any product has."""
    required = [own for own in understood.conditions if not own.negated and not is_wish(own, graph)]
    if required or understood.references or understood.neighborhoods:
        return False
    wishes = Wishes.of(understood, graph)
    if not wishes.words:
        low, high, _ = understood.price_range
        return not understood.conditions and (low, high) == (None, None)
    return float(wishes.scores(graph).max(initial=0)) < ENOUGH


def _popular_kinds(graph: CatalogueGraph) -> Iterator[str]:
    """Yield categories with products on sale that a request can name, the most popular first."""
    objects, rows = graph.snapshot.objects, graph.snapshot.products
    rows = rows[objects.leaves[rows] != NO_NODE]
    nodes, members = np.unique(objects.leaves[rows], return_inverse=True)
    popularity = np.bincount(members, objects.popularity[rows], len(nodes))
    for node in nodes[np.lexsort((nodes, -popularity))][:MAX_TRIES].tolist():
        label = graph.snapshot.nodes.labels[node].lower()
        if _is_read(label, graph.kinds_called([label]), graph):
            yield label


def _called_alike(reference: Reference, understood: Understood, graph: CatalogueGraph) -> tuple[str, ...]:
    """Return what tells products of one title apart, for each of them; nothing where the request says it."""
    objects = graph.snapshot.objects
    rows = graph.titles.exact(reference.title)
    rows = _by_popularity(rows[objects.active[rows]], graph)[:MAX_OPTIONS]
    having = [set(graph.all_values_of(row)) for row in rows.tolist()]
    for condition in understood.conditions:
        is_stated = condition.is_demanded or len(graph.values.exact(condition.text)) > 0
        fitting = sum(not own.isdisjoint(condition.values.tolist()) for own in having)
        if is_stated and 0 < fitting < len(rows):
            return ()
    options: list[str] = []
    for own in having:
        others = set().union(*(values for values in having if values is not own))
        options += _telling(sorted(own - others), graph)
    return tuple(dict.fromkeys(options))


def _telling(values: Sequence[int], graph: CatalogueGraph) -> Iterator[str]:
    """Yield the value that people know best: a kind, a brand, or else what most products have."""
    attributes = graph.snapshot.attributes

    def rank(value: int) -> tuple[bool, bool, int]:
        relation = attributes.relations[value]
        return relation not in KINDS, relation != BRAND, -len(attributes.products(value))

    hard = [value for value in values if attributes.relations[value] not in SOFT | OF_OTHERS]
    texts = (attributes.values[value] for value in sorted(hard, key=rank) if _is_value(value, graph))
    yield from islice(texts, 1)


def _about_conflict(answered: AssistantAnswer, graph: CatalogueGraph) -> Clarification:
    """Ask whether what was left out matters more than what it conflicts with."""
    understood = answered.understood
    names = dict.fromkeys((*answered.relaxed, *_conditions_in_words(understood)))
    first, *others = (name if name == PRICE else f"“{name}”" for name in names)
    options = tuple(dict.fromkeys(_ways_out(answered, graph)))[:MAX_OPTIONS]
    if not others:
        return Clarification(f"No product on sale meets {first}. What would do instead?", options)
    question = f"No product on sale meets {first} together with {' and '.join(others)}. "
    return Clarification(f"{question}Does {first} matter more, or would something else do?", options)


def _conditions_in_words(understood: Understood) -> Iterator[str]:
    for condition in understood.conditions:
        if condition.negated:
            yield f"not {condition.text}"
        elif condition.is_hard:
            yield condition.text
    if (understood.price_range.low, understood.price_range.high) != (None, None):
        yield PRICE


class _Way(NamedTuple):
    """A condition that may be said otherwise.

    Attributes:
        condition: The condition.
        has: Which products meet it, bool [n].
        others: Which products meet all conditions that another one in its place does not replace, bool [n].
        is_one_of_several: Whether one in its place replaces others too, as of two kinds one is meant.
    """

    condition: Condition
    has: NDArray[np.bool_]
    others: NDArray[np.bool_]
    is_one_of_several: bool


def _ways_out(answered: AssistantAnswer, graph: CatalogueGraph) -> Iterator[str]:
    """Yield what may be said instead of each condition so that products meet all; relaxed ones come first."""
    understood, asked = answered.understood, answered.understood.price_range
    rows = allowed_products(understood, graph)
    prices = graph.snapshot.objects.prices[rows]
    affordable = within_bounds(prices, low=asked.low, high=asked.high)
    ways = _ways(understood, rows, graph)
    if PRICE in answered.relaxed:
        meeting = np.logical_and.reduce([np.ones(len(rows), np.bool_), *(way.has for way in ways)])
        yield from map(_bound_text, _nearest_bound(prices[meeting], asked))
    ways.sort(key=lambda way: way.condition.text not in answered.relaxed)
    for own, has, others, is_one_of_several in ways:
        if own.follows:  # who names a product wants nothing of another kind
            continue
        fits = affordable & others
        if is_one_of_several and (fits & has).any():
            yield from _best_value(rows[fits & has], own.values, graph)
        else:
            yield from _best_value(
                rows[fits & _is_of_department(rows, own, graph)], _other_values(own, graph), graph
            )
    for way in ways if PRICE in answered.relaxed else ():
        if way.is_one_of_several:
            yield from _kind_at_a_price(rows, way, asked, graph)


def _ways(understood: Understood, rows: NDArray[np.int32], graph: CatalogueGraph) -> list[_Way]:
    attributes = graph.snapshot.attributes
    optional = [condition for condition in understood.conditions if condition.is_optional]
    met = [np.isin(rows, attributes.products_with(condition.values)) for condition in optional]
    ways = []
    for own, has_own in zip(optional, met, strict=True):
        replaced = [replaces(own, other, graph) for other in optional]  # itself, and others of its relation
        others = [has | is_replaced for has, is_replaced in zip(met, replaced, strict=True)]
        ways.append(_Way(own, has_own, np.logical_and.reduce(others), sum(replaced) > 1))
    return ways


def _is_of_department(
    rows: NDArray[np.int32], condition: Condition, graph: CatalogueGraph
) -> NDArray[np.bool_]:
    """Return which products share a category with those of the kind of a condition; of no kind, all.

    Who wants a tent at a price that none has may take a tarp, but no nail polish.
    """
    kinds, attributes = graph.kinds(condition.values), graph.snapshot.attributes
    if not len(kinds):
        return np.ones(len(rows), np.bool_)
    wanted = attributes.products_with(kinds).tolist()
    shared = np.unique([value for row in wanted[:MAX_TRIES] for value in graph.values_of(row, CATEGORY)])
    return np.isin(rows, attributes.products_with(shared.astype(np.int32)))


def _kind_at_a_price(
    rows: NDArray[np.int32], way: _Way, asked: PriceRange, graph: CatalogueGraph
) -> Iterator[str]:
    """Yield one of several kinds with the nearest price of its products that meet the other conditions."""
    prices, fits = graph.snapshot.objects.prices[rows], way.has & way.others
    for bound in _nearest_bound(prices[fits], asked):
        near = fits & within_bounds(prices, low=bound.low, high=bound.high)
        kinds = _best_value(rows[near], way.condition.values, graph)
        yield from (f"{kind}, {_bound_text(bound)}" for kind in kinds)


def _nearest_bound(prices: NDArray[np.float32], asked: PriceRange) -> Iterator[PriceRange]:
    """Yield the bound nearest to what is asked that a price meets, if none meets that itself."""
    known = prices[np.isfinite(prices)]
    if len(known) and asked.high is not None and known.min() > asked.high:
        yield PriceRange(high=float(np.ceil(known.min())))
    elif len(known) and asked.low is not None and known.max() < asked.low:
        yield PriceRange(low=float(np.floor(known.max())))


def _other_values(condition: Condition, graph: CatalogueGraph) -> NDArray[np.int32]:
    """Return what a product may have in the relations of a condition instead."""
    relations = graph.relations_of(condition.values) - SOFT
    of_relations = [relation in relations for relation in graph.snapshot.attributes.relations]
    return np.setdiff1d(np.flatnonzero(of_relations), condition.values).astype(np.int32)


def _best_value(rows: NDArray[np.int32], values: NDArray[np.int32], graph: CatalogueGraph) -> Iterator[str]:
    """Yield the value, of some, that the most popular product has; of a path of categories the narrowest."""
    attributes = graph.snapshot.attributes
    wanted = set(values.tolist())
    for row in _by_popularity(rows, graph)[:MAX_TRIES].tolist():
        own = wanted.intersection(graph.all_values_of(row))
        for value in sorted(own, key=lambda value: (len(attributes.products(value)), value)):
            if _is_value(value, graph):
                yield attributes.values[value]
                return


def _by_popularity(rows: NDArray[np.int32], graph: CatalogueGraph) -> NDArray[np.int32]:
    return rows[np.lexsort((rows, -graph.snapshot.objects.popularity[rows]))]


def _is_value(value: int, graph: CatalogueGraph) -> bool:
    return _is_read(graph.snapshot.attributes.values[value], np.array([value], np.int32), graph)


def _is_read(text: str, values: NDArray[np.int32], graph: CatalogueGraph) -> bool:
    """Return whether a text alone is read as one condition, which some values meet."""
    understood = resolve(RulesParser(graph).parse(text), graph)
    if len(understood.conditions) != 1 or understood.references or understood.corrections:
        return False
    [condition] = understood.conditions
    return not condition.negated and np.isin(values, condition.values).any().item()
