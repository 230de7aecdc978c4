"""Looks up what a parser found: values, products, and whether what the request takes for a fact is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.graph.catalogue_graph import SOFT, CatalogueGraph
from airloom.assistant.graph.words import stems_of
from airloom.assistant.parsing.parsed_request import How, ParsedClaim, ParsedRequest
from airloom.assistant.parsing.price_range import PriceRange
from airloom.assistant.understood import Condition, Correction, Reference, Understood
from airloom.knowledge.claims import Relation
from airloom.knowledge.edges import BRAND

CENT: Final = 0.01
MAX_HARD: Final = 16
"""Hard conditions of a request; further ones are wishes, so that no request takes long."""


def resolve(parsed: ParsedRequest, graph: CatalogueGraph) -> Understood:
    """Return a request in terms of the catalogue; nothing of it is left out without a word.

    Args:
        parsed: Of any parser.
        graph: Of the snapshot that will be searched.
    """
    conditions, unknown = [], []
    for text, negated, alternatives in parsed.conditions:
        texts = (text, *alternatives)
        named_values = [graph.about_products(graph.values.exact(named)) for named in texts]
        unknown += [named for named, values in zip(texts, named_values, strict=True) if not len(values)]
        values = np.unique(np.concatenate(named_values))
        if len(values):
            conditions.append(Condition(" or ".join(texts), values, negated, is_hard=graph.is_hard(values)))
    reconciled = list(_reconciled(conditions, graph))
    conditions = [part for part in reconciled if isinstance(part, Condition)]
    stated = tuple(conditions)
    references: list[Reference] = []
    follows: list[Condition | Correction | None] = [
        part for part in reconciled if isinstance(part, Correction)
    ]
    for title, how in parsed.references:
        row = graph.object_of(title)
        if row is None:
            follows.append(_not_a_title(title, how, graph))
        else:
            references.append(Reference(row, graph.snapshot.objects.titles[row], how))
    follows += [_FOLLOWS[reference.how](reference, graph) for reference in references]
    conditions += [part for part in follows if isinstance(part, Condition)]
    corrections = [part for part in follows if isinstance(part, Correction)]
    if parsed.in_common is not None and references:
        conditions += _in_common(parsed.in_common, references, stated, graph)
    corrections += [correction for claim in parsed.claims for correction in _checked(claim, graph)]
    return Understood(
        tuple(_capped(conditions)),
        _price_range(parsed.price_range, references, graph),
        tuple(references),
        tuple(dict.fromkeys(corrections)),
        tuple(unknown),
        tuple(stem for text in parsed.rest for stem in stems_of(text)),
    )


def _reconciled(conditions: Sequence[Condition], graph: CatalogueGraph) -> Iterator[Condition | Correction]:
    """Yield conditions without a "not" that rules out all of the wanted kind, which is a false premise.

    A mechanical keyboard "not for gaming", where the shop has all keyboards in the category gaming, may still
    be one whose own features do not say gaming.
    """
    attributes = graph.snapshot.attributes
    wanted = [own for own in conditions if not own.negated and len(graph.kinds(own.values))]
    for condition in conditions:
        values = condition.values
        for kind in wanted if condition.negated else ():
            rows = attributes.products_with(kind.values)
            common = [value for value in values.tolist() if np.isin(rows, attributes.products(value)).all()]
            for value in common:
                says = f"each is of {attributes.relations[value]} {attributes.values[value]}"
                yield Correction(f"{kind.text}, but not {condition.text}", says)
            values = np.setdiff1d(values, common).astype(np.int32)
        if len(values):
            yield condition._replace(values=values)


def _capped(conditions: Sequence[Condition]) -> Iterator[Condition]:
    """Yield each condition once; those beyond `MAX_HARD` as wishes."""
    known: set[tuple[bool, bytes]] = set()
    for condition in conditions:
        key = (condition.negated, condition.values.tobytes())
        if key not in known:
            known.add(key)
            is_hard = condition.is_hard and (condition.negated or len(known) <= MAX_HARD)
            yield condition._replace(is_hard=is_hard)


def _alike(reference: Reference, graph: CatalogueGraph) -> Condition | None:
    leaf = graph.snapshot.objects.leaves[reference.row : reference.row + 1]
    return _condition(f"of the kind of {reference.title}", graph.kinds_named(leaf))


def _after_watching(reference: Reference, graph: CatalogueGraph) -> Condition | None:
    """Return what the intent paths of a content item lead to; a product elsewhere may still fit.

    That is the narrowest kind of each path: a video about cookies leads to baking sheets, not to kitchen.
    """
    paths = graph.snapshot.paths
    own = paths.nodes[paths.offsets[reference.row] : paths.offsets[reference.row + 1]]
    ends = [_narrowest_kinds(path, graph) for path in own]
    kinds = np.unique(np.concatenate([*ends, np.empty(0, np.int32)])).astype(np.int32)
    return _condition(f"after {reference.title}", kinds, is_hard=False)


def _narrowest_kinds(path: NDArray[np.int32], graph: CatalogueGraph) -> NDArray[np.int32]:
    """Return the kinds that the finest node of an intent path is called, of those that name any."""
    kinds = (graph.kinds_named(path[depth : depth + 1]) for depth in reversed(range(len(path))))
    return next((values for values in kinds if len(values)), np.empty(0, np.int32))


def _same_brand(reference: Reference, graph: CatalogueGraph) -> Condition | Correction:
    brands = np.array(graph.values_of(reference.row, BRAND), np.int32)
    return _condition(f"by the maker of {reference.title}", brands) or Correction(
        f"{reference.title} has a maker", "the catalogue names no brand of it"
    )


def _not_a_title(text: str, how: How, graph: CatalogueGraph) -> Condition | Correction:
    """Return what follows from a text that is named like a title and is none.

    "Goes with my tents" names a kind of product: what goes with any product of it. "Fits in black" names a
    value, which products must have themselves.
    """
    values = graph.about_products(graph.values.exact(text))
    if how is not How.GOES_WITH or not len(values):
        return Correction(f"there is “{text}”", "the shop knows nothing of this title")
    if not len(graph.kinds(values)):
        return Condition(text, values, is_hard=graph.is_hard(values))
    rows = graph.snapshot.attributes.products_with(graph.kinds(values))
    return _condition(f"goes with {text}", _beside(rows.tolist(), graph)) or Correction(
        f"something goes with {text}", "the catalogue does not say what does"
    )


def _beside(rows: Sequence[int], graph: CatalogueGraph) -> NDArray[np.int32]:
    """Return the kinds of products that go with any of some products, ascending."""
    own = {value for row in rows for value in graph.values_of(row, Relation.GOES_WITH)}
    return graph.kinds_called(graph.snapshot.attributes.values[value] for value in sorted(own))


def _goes_with(reference: Reference, graph: CatalogueGraph) -> Condition | Correction:
    values = _beside([reference.row], graph)
    return _condition(f"goes with {reference.title}", values) or Correction(
        f"something goes with {reference.title}", "the catalogue does not say what does"
    )


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


_FOLLOWS: Final[Mapping[How, Callable[[Reference, CatalogueGraph], Condition | Correction | None]]] = {
    How.LIKE: _alike,
    How.CHEAPER: _alike,
    How.DEARER: _alike,
    How.WATCHED: _after_watching,
    How.SAME_BRAND: _same_brand,
    How.GOES_WITH: _goes_with,
    How.NOT: lambda _reference, _graph: None,
}
"""What follows from a reference: a condition, or why there is none."""


def _condition(text: str, values: NDArray[np.int32], *, is_hard: bool = True) -> Condition | None:
    return Condition(text, values, is_hard=is_hard) if len(values) else None


def _checked(claim: ParsedClaim, graph: CatalogueGraph) -> Iterator[Correction]:
    """Yield what the catalogue says instead of a claim; nothing if it agrees."""
    row, attributes = graph.object_of(claim.title), graph.snapshot.attributes
    named = None if claim.relation is None else graph.relation_called(claim.relation)
    value = claim.value
    values = graph.about_products(
        graph.values.exact(value) if named is None else graph.values_called(value, named)
    )
    if row is None or graph.edge_to(row, values) is not None:
        return
    title = graph.snapshot.objects.titles[row]
    relations = {named} if named else graph.relations_of(values) - SOFT
    for relation in sorted(relations):
        own = [attributes.values[number] for number in graph.values_of(row, relation)]
        name = relation.replace("_", " ")
        says = f"its {name} is {', '.join(own)}" if own else f"it names no {name} of it"
        yield Correction(f"{title}: {name} {value}", says)


def _price_range(asked: PriceRange | None, references: list[Reference], graph: CatalogueGraph) -> PriceRange:
    """Return the tightest range of the request's own and of "cheaper than" and "dearer than"."""
    low, high, currency = asked or PriceRange()
    for row, _, how in references:
        price = round(float(graph.snapshot.objects.prices[row]), 2)
        if np.isfinite(price) and how is How.CHEAPER:
            below = round(price - CENT, 2)
            high = below if high is None else min(below, high)
        elif np.isfinite(price) and how is How.DEARER:
            above = round(price + CENT, 2)
            low = above if low is None else max(above, low)
    return PriceRange(low, high, currency)
