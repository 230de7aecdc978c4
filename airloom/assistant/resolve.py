"""Looks up what a parser found: values, products, and whether what the request takes for a fact is one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.checked_claims import checked_price, checked_value
from airloom.assistant.currency import NO_RATES, conversion_of, converted
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.graph.words import stems_of, words_of
from airloom.assistant.parsing import cues
from airloom.assistant.parsing.parsed_request import How, ParsedCondition, ParsedRequest
from airloom.assistant.parsing.price_range import PriceRange
from airloom.assistant.understood import (
    Beside,
    Condition,
    Correction,
    CurrencyConversion,
    Neighborhood,
    Reference,
    Understood,
)
from airloom.knowledge.claims import Relation
from airloom.knowledge.edges import BRAND

CENT: Final = 0.01
MAX_HARD: Final = 16
"""Hard conditions of a conversation; further ones are wishes, so that no request takes long."""


Consequence: TypeAlias = Condition | Correction | Neighborhood
"""What follows from a named thing."""


def resolve(
    parsed: ParsedRequest, graph: CatalogueGraph, rates: Mapping[str, float] = NO_RATES
) -> Understood:
    """Return a request in terms of the catalogue; nothing of it is left out without a word.

    Args:
        parsed: Of any parser.
        graph: Of the snapshot that will be searched.
        rates: See `airloom.assistant.currency`.
    """
    conversion = conversion_of(parsed.price_range, graph.snapshot.currency, rates)
    named = [part for condition in parsed.conditions for part in _conditions(condition, graph)]
    unknown = [part for part in named if isinstance(part, str)]
    unknown += _unknown_words(parsed.rest, graph)
    reconciled = list(_reconciled([part for part in named if isinstance(part, Condition)], graph))
    conditions = [part for part in reconciled if isinstance(part, Condition)]
    stated = tuple(conditions)
    references: list[Reference] = []
    follows: list[Consequence] = [part for part in reconciled if isinstance(part, Correction)]
    for title, how in parsed.references:
        row = graph.object_of(title)
        if row is None:
            follows += _not_a_title(title, how, graph)
        else:
            references.append(Reference(row, graph.snapshot.objects.titles[row], how))
    follows += [part for reference in references for part in _FOLLOWS[reference.how](reference, graph)]
    conditions += [part._replace(follows=True) for part in follows if isinstance(part, Condition)]
    corrections = [part for part in follows if isinstance(part, Correction)]
    if parsed.in_common is not None and references:
        conditions += _in_common(parsed.in_common, references, stated, graph)
    corrections += [correction for claim in parsed.claims for correction in checked_value(claim, graph)]
    corrections += [part for claim in parsed.price_claims for part in checked_price(claim, graph, rates)]
    return Understood(
        tuple(capped(_once(conditions), room=MAX_HARD)),
        _price_range(parsed.price_range, conversion, references, graph),
        tuple(references),
        tuple(dict.fromkeys(corrections)),
        tuple(dict.fromkeys(unknown)),
        tuple(stem for text in parsed.rest for stem in stems_of(text) if stem not in cues.FILLERS),
        tuple(part for part in follows if isinstance(part, Neighborhood)),
        conversion,
    )


def _conditions(parsed: ParsedCondition, graph: CatalogueGraph) -> Iterator[Condition | str]:
    """Yield a condition for what is asked for or ruled out, and texts that the catalogue has no word for."""
    texts, known = (parsed.text, *parsed.alternatives), []
    for text in texts:
        if len(values := graph.about_products(graph.values.exact(text))):
            known.append((text, values))
        elif parsed.negated and (sets := _compound(text, graph)):
            yield Condition(text, sets[0], negated=True, together=sets[1:])
        else:
            yield text
    if known:
        values = np.unique(np.concatenate([own for _, own in known]))
        name = " or ".join(text for text, _ in known)
        yield Condition(name, values, parsed.negated, is_hard=graph.is_hard(values))


def _compound(text: str, graph: CatalogueGraph) -> tuple[NDArray[np.int32], ...]:
    """Return the values of each part of a text such as "red socks"; none if a part is no value."""
    words = words_of(text)
    phrases = graph.values.find(words)
    in_values = {index for phrase in phrases for index in phrase.words}
    if any(index not in in_values and word.stem not in cues.FILLERS for index, word in enumerate(words)):
        return ()
    sets = tuple(graph.about_products(phrase.entries) for phrase in phrases)
    return sets if all(len(values) for values in sets) else ()


def _unknown_words(texts: Iterable[str], graph: CatalogueGraph) -> Iterator[str]:
    """Yield the words of some texts that no product and no need has, each once, as it is written first."""
    stems = set(cues.FILLERS)
    for text in texts:
        for word in words_of(text):
            if word.stem not in stems and not graph.has_word(word.stem):
                yield text[word.start : word.end]
            stems.add(word.stem)


def _reconciled(conditions: Sequence[Condition], graph: CatalogueGraph) -> Iterator[Condition | Correction]:
    """Yield conditions without a "not" that rules out all of the wanted kind, which is a false premise.

    A mechanical keyboard "not for gaming", where the shop has all keyboards in the category gaming, may still
    be one whose own features do not say gaming.
    """
    attributes = graph.snapshot.attributes
    wanted = [own for own in conditions if not own.negated and len(graph.kinds(own.values))]
    for condition in conditions:
        values = condition.values
        for kind in wanted if condition.negated and not condition.together else ():
            rows = attributes.products_with(kind.values)
            common = [value for value in values.tolist() if np.isin(rows, attributes.products(value)).all()]
            for value in common:
                says = f"each is of {attributes.relations[value]} {attributes.values[value]}"
                yield Correction(f"{kind.text}, but not {condition.text}", says)
            values = np.setdiff1d(values, common).astype(np.int32)
        if len(values):
            yield condition._replace(values=values)


def _once(conditions: Iterable[Condition]) -> list[Condition]:
    """Return each condition once."""
    first: dict[tuple[bool, tuple[bytes, ...]], Condition] = {}
    for condition in conditions:
        sets = tuple(values.tobytes() for values in condition.sets)
        first.setdefault((condition.negated, sets), condition)
    return list(first.values())


def capped(conditions: Iterable[Condition], *, room: int) -> Iterator[Condition]:
    """Yield conditions, the optional ones beyond `room` as wishes."""
    for condition in conditions:
        room -= condition.is_optional
        yield condition._replace(is_hard=False) if condition.is_optional and room < 0 else condition


def _alike(reference: Reference, graph: CatalogueGraph) -> Iterator[Consequence]:
    """Yield that the kind is the same; of a thing of no kind, what people choose like it."""
    leaf = graph.snapshot.objects.leaves[reference.row : reference.row + 1]
    condition = _condition(f"of the kind of {reference.title}", graph.kinds_named(leaf))
    like = Neighborhood(f"like {reference.title}", reference.title, (reference.row,), Beside.CHOSEN_LIKE)
    yield condition or like


def _after_watching(reference: Reference, graph: CatalogueGraph) -> Iterator[Consequence]:
    """Yield what the intent paths of a content item lead to; a product elsewhere may still fit.

    That is the narrowest kind of each path: a video about cookies leads to baking sheets, not to a kitchen.
    """
    paths = graph.snapshot.paths
    own = paths.nodes[paths.offsets[reference.row] : paths.offsets[reference.row + 1]]
    ends = [_narrowest_kinds(path, graph) for path in own]
    kinds = np.unique(np.concatenate([*ends, np.empty(0, np.int32)])).astype(np.int32)
    if condition := _condition(f"after {reference.title}", kinds, is_hard=False):
        yield condition


def _narrowest_kinds(path: NDArray[np.int32], graph: CatalogueGraph) -> NDArray[np.int32]:
    """Return the kinds that the finest node of an intent path is called, of those that name any."""
    kinds = (graph.kinds_named(path[depth : depth + 1]) for depth in reversed(range(len(path))))
    return next((values for values in kinds if len(values)), np.empty(0, np.int32))


def _same_brand(reference: Reference, graph: CatalogueGraph) -> Iterator[Consequence]:
    brands = np.array(graph.values_of(reference.row, BRAND), np.int32)
    yield _condition(f"by the maker of {reference.title}", brands) or Correction(
        f"{reference.title} has a maker", "the catalogue names no brand of it"
    )


def _not_a_title(text: str, how: How, graph: CatalogueGraph) -> Iterator[Consequence]:
    """Yield what follows from a text that is named like a title and is none.

    "Goes with my tents" names a kind of product: what goes with any product of it. "Fits in black" names a
    value, which products must have themselves.
    """
    values = graph.about_products(graph.values.exact(text))
    if how is not How.GOES_WITH or not len(values):
        yield Correction(f"there is “{text}”", "the shop knows nothing of this title")
    elif not len(graph.kinds(values)):
        yield Condition(text, values, is_hard=graph.is_hard(values))
    else:
        rows = graph.snapshot.attributes.products_with(graph.kinds(values))
        yield from _beside(text, rows.tolist(), graph)


def _goes_with(reference: Reference, graph: CatalogueGraph) -> Iterator[Consequence]:
    yield from _beside(reference.title, [reference.row], graph)


def _beside(name: str, rows: Sequence[int], graph: CatalogueGraph) -> Iterator[Consequence]:
    """Yield the kinds that go with any of some products; where nobody says, what was bought with them."""
    said_by = graph.sources_of(rows, Relation.GOES_WITH)
    kinds = graph.kinds_called(said_by)
    if condition := _condition(f"goes with {name}", kinds):
        yield condition._replace(said_by=tuple(said_by.items()))
    else:
        yield Correction(f"something goes with {name}", "the catalogue does not say what does")
        yield Neighborhood(f"goes with {name}", name, tuple(rows), Beside.BOUGHT_WITH)


def _in_common(
    word: str, references: Sequence[Reference], stated: Sequence[Condition], graph: CatalogueGraph
) -> Iterator[Condition]:
    """Yield a condition for what all named things have in common: of the relation that a word names, if any.

    A value of that relation that the request states counts instead: "I love its color, but want black".
    Where they share nothing of a relation that is named, each thing's own values of it would do. Where none
    is named, whatever several things share is only a wish.
    """
    attributes = graph.snapshot.attributes
    relation = graph.relation_called(word)
    if relation is not None and any(relation in graph.relations_of(condition.values) for condition in stated):
        return
    own = [graph.values_that_tell(reference.row, relation) for reference in references]
    shared = sorted(set.intersection(*map(set, own))) if relation or len(own) > 1 else []
    if not shared and relation:
        shared = sorted({value for values in own for value in values})
    titles = " and ".join(reference.title for reference in references)
    for name in sorted({attributes.relations[value] for value in shared}):
        values = [value for value in shared if attributes.relations[value] == name]
        text = f"the {name.replace('_', ' ')} of {titles}"
        yield Condition(text, np.array(values, np.int32), is_hard=relation is not None)


_FOLLOWS: Final[Mapping[How, Callable[[Reference, CatalogueGraph], Iterable[Consequence]]]] = {
    How.LIKE: _alike,
    How.CHEAPER: _alike,
    How.DEARER: _alike,
    How.WATCHED: _after_watching,
    How.SAME_BRAND: _same_brand,
    How.GOES_WITH: _goes_with,
    How.NOT: lambda _reference, _graph: (),
}
"""What follows from a reference: a condition, or why there is none, and what people do instead."""


def _condition(text: str, values: NDArray[np.int32], *, is_hard: bool = True) -> Condition | None:
    return Condition(text, values, is_hard=is_hard) if len(values) else None


def _price_range(
    asked: PriceRange | None,
    conversion: CurrencyConversion | None,
    references: Sequence[Reference],
    graph: CatalogueGraph,
) -> PriceRange:
    """Return the tightest range of the request's own and of "cheaper than" and "dearer than"."""
    low, high, currency = converted(asked or PriceRange(), conversion)
    for row, _, how in references:
        price = round(float(graph.snapshot.objects.prices[row]), 2)
        if np.isfinite(price) and how is How.CHEAPER:
            below = round(price - CENT, 2)
            high = below if high is None else min(below, high)
        elif np.isfinite(price) and how is How.DEARER:
            above = round(price + CENT, 2)
            low = above if low is None else max(above, low)
    return PriceRange(low, high, currency)
