"""Requests made from a merchant's own catalogue and orders; what answers them is known by construction."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.evaluation.request_case import RequestCase
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.graph.relations import KINDS, NEEDS, OF_OTHERS
from airloom.assistant.parsing.parsed_request import (
    How,
    ParsedClaim,
    ParsedCondition,
    ParsedReference,
    ParsedRequest,
)
from airloom.assistant.rft import templates
from airloom.assistant.rft.known_requests import RequestSets
from airloom.knowledge.claims import Relation
from airloom.knowledge.edges import BRAND
from airloom.ranking.candidates.filters import ProductFilter, matching_products

EXPLICIT: Final = "explicit"
IMPLICIT: Final = "implicit"
MISINFORMED: Final = "misinformed"
MAX_VALUES: Final = 2
"""Values of an explicit request beside the kind of product."""
ROOM: Final = 1.2
"""An upper bound of the price is this many times the price of the product that was bought, rounded up."""
HELD_OUT_SHARE: Final = 0.25
"""Of the products: requests about them are only asked, never trained on."""
MAX_TRIES: Final = 20
"""Products that are tried for a request, since not all have a maker or a category."""
_UNNAMED: Final = NEEDS | OF_OTHERS | KINDS | {str(Relation.PRICE_TIER), BRAND}


class SampledRequest(NamedTuple):
    """A request, what answers it, and its reading.

    Attributes:
        case: With the product that was bought among those that satisfy it.
        reading: Its parts, without the price range, which is always read by rules.
        target: Row of the product that was bought.
    """

    case: RequestCase
    reading: ParsedRequest
    target: int


class _Draft(NamedTuple):
    query: str
    reading: ParsedRequest
    stated: tuple[NDArray[np.int32], ...]
    conditions: ProductFilter
    stated_count: int


def sample_requests(
    graph: CatalogueGraph, bought: NDArray[np.int32], *, count: int, seed: int
) -> list[SampledRequest]:
    """Return requests that a product somebody bought answers: explicit, implicit and misinformed in turn.

    Args:
        graph: Of the catalogue.
        bought: int32 [n], rows of products that were ordered, once for each order.
        count: Requests at most; fewer where products have no kind and no maker.
        seed: Of what is drawn.

    Raises:
        ValueError: No product that was bought is on sale.
    """
    on_sale = bought[np.isin(bought, graph.snapshot.products)]
    if not len(on_sale):
        raise ValueError("None of the products that were bought is on sale")
    random = np.random.default_rng(seed)
    forms = ((EXPLICIT, _explicit), (IMPLICIT, _implicit), (MISINFORMED, _misinformed))
    requests = []
    for number in range(count):
        kind, form = forms[number % len(forms)]
        request = _sampled(kind, form, graph, on_sale, random, name=f"{seed}-{number:06d}")
        if request is not None:
            requests.append(request)
    return requests


def sampled_sets(
    graph: CatalogueGraph, bought: NDArray[np.int32], *, training: int, held_out: int, seed: int
) -> RequestSets:
    """Return requests to train on and requests to judge by, about different products.

    Args:
        graph: Of the catalogue.
        bought: int32 [n], rows of products that were ordered, once for each order.
        training: Requests to train on, at most.
        held_out: Requests to judge by, at most.
        seed: Of what is drawn.

    Raises:
        ValueError: No product that was bought is on sale.
    """
    random = np.random.default_rng(seed)
    is_held_out = random.random(len(graph.snapshot.objects.ids)) < HELD_OUT_SHARE
    return RequestSets(
        graph,
        sample_requests(graph, bought[~is_held_out[bought]], count=training, seed=2 * seed),
        sample_requests(graph, bought[is_held_out[bought]], count=held_out, seed=2 * seed + 1),
    )


def _sampled(
    kind: str,
    form: Callable[[int, CatalogueGraph, np.random.Generator], _Draft | None],
    graph: CatalogueGraph,
    bought: NDArray[np.int32],
    random: np.random.Generator,
    *,
    name: str,
) -> SampledRequest | None:
    for _ in range(MAX_TRIES):
        target = int(random.choice(bought))
        draft = form(target, graph, random)
        if draft is None:
            continue
        satisfying = matching_products(graph.snapshot, draft.conditions)
        if target in satisfying:
            case = RequestCase(name, kind, draft.stated_count, draft.query, satisfying, draft.stated, {})
            return SampledRequest(case, draft.reading, target)
    return None


def _explicit(target: int, graph: CatalogueGraph, random: np.random.Generator) -> _Draft | None:
    kind = _kind(target, graph)
    if kind is None:
        return None
    own = _named_values(target, graph)
    chosen = [own[index] for index in random.permutation(len(own))[: random.integers(MAX_VALUES + 1)]]
    stated = [_about(text, graph) for text in (kind, *chosen)]
    query = kind
    if chosen:
        query = _one_of(templates.KIND_WITH, random).format(kind=kind, values=" and ".join(chosen))
    conditions = [ParsedCondition(text) for text in (kind, *chosen)]
    unwanted = _unwanted(target, stated[0], graph, random) if random.random() < 0.5 else None
    if unwanted is not None:
        query += _one_of(templates.WITHOUT, random).format(value=unwanted)
        conditions.append(ParsedCondition(unwanted, negated=True))
    high = None
    price = float(graph.snapshot.objects.prices[target])
    if np.isfinite(price) and random.random() < 0.5:
        high = float(np.ceil(price * ROOM))
        query += _one_of(templates.UNDER, random).format(price=f"{high:.0f} dollars")
    return _Draft(
        _one_of(templates.EXPLICIT, random).format(wanted=query),
        ParsedRequest(tuple(conditions)),
        tuple(stated),
        ProductFilter(
            all_of=stated, none_of=[] if unwanted is None else [[_about(unwanted, graph)]], high=high
        ),
        len(conditions) + (high is not None),
    )


def _implicit(target: int, graph: CatalogueGraph, random: np.random.Generator) -> _Draft | None:
    forms = [_by_maker, _cheaper] if random.random() < 0.5 else [_cheaper, _by_maker]
    return next(filter(None, (form(target, graph, random, wrong=False) for form in forms)), None)


def _misinformed(target: int, graph: CatalogueGraph, random: np.random.Generator) -> _Draft | None:
    forms = (_by_maker, _cheaper)
    return next(filter(None, (form(target, graph, random, wrong=True) for form in forms)), None)


def _cheaper(
    target: int, graph: CatalogueGraph, random: np.random.Generator, *, wrong: bool
) -> _Draft | None:
    """Return a request through a dearer product of the same kind; `wrong`: it takes it for another kind."""
    kind = _kind(target, graph)
    price = float(graph.snapshot.objects.prices[target])
    if kind is None or not np.isfinite(price):
        return None
    values = _about(kind, graph)
    dearer = matching_products(graph.snapshot, ProductFilter(all_of=[values], low=price + 0.01))
    bridge = _other(dearer, target, random)
    if bridge is None:
        return None
    high = round(float(graph.snapshot.objects.prices[bridge]) - 0.01, 2)
    title = graph.snapshot.objects.titles[bridge]
    reading = ParsedRequest(references=(ParsedReference(title, How.CHEAPER),))
    forms: Sequence[str] = templates.LIKE_CHEAPER
    claimed = ""
    if wrong:
        attributes = graph.snapshot.attributes
        own = {attributes.values[value] for value in graph.all_values_of(bridge)}
        drawn = _drawn_value(KINDS, own, graph, random)
        if drawn is None:
            return None
        claimed, forms = drawn, templates.TAKEN_FOR_ANOTHER_KIND
        reading = reading._replace(claims=(ParsedClaim(title, claimed, None),))
    return _Draft(
        _one_of(forms, random).format(title=f"“{title}”", wrong=claimed),
        reading,
        (values,),
        ProductFilter(all_of=[values], high=high, without=[bridge]),
        1,
    )


def _by_maker(
    target: int, graph: CatalogueGraph, random: np.random.Generator, *, wrong: bool
) -> _Draft | None:
    """Return a request through another product of the same maker; `wrong`: it names another maker of it."""
    brands = np.array(graph.values_of(target, BRAND), np.int32)
    if not len(brands):
        return None
    same = ProductFilter(all_of=[brands])
    bridge = _other(matching_products(graph.snapshot, same), target, random)
    if bridge is None:
        return None
    title = graph.snapshot.objects.titles[bridge]
    reading = ParsedRequest(references=(ParsedReference(title, How.SAME_BRAND),))
    forms: Sequence[str] = templates.SAME_BRAND
    claimed = ""
    if wrong:
        own = {graph.snapshot.attributes.values[value] for value in graph.values_of(bridge, BRAND)}
        drawn = _drawn_value({BRAND}, own, graph, random)
        if drawn is None:
            return None
        claimed, forms = drawn, templates.OF_ANOTHER_MAKER
        reading = reading._replace(claims=(ParsedClaim(title, claimed, BRAND),))
    return _Draft(
        _one_of(forms, random).format(title=f"“{title}”", wrong=claimed),
        reading,
        (brands,),
        ProductFilter(all_of=[brands], without=[bridge]),
        1,
    )


def _kind(row: int, graph: CatalogueGraph) -> str | None:
    """Return the narrowest kind of thing that a product is; None without one."""
    attributes = graph.snapshot.attributes
    kinds = graph.kinds(np.array(graph.all_values_of(row), np.int32)).tolist()
    if not kinds:
        return None
    return attributes.values[min(kinds, key=lambda value: (len(attributes.products(value)), value))]


def _named_values(row: int, graph: CatalogueGraph) -> list[str]:
    """Return what a person could ask of a product beside its kind and maker: attributes and features."""
    attributes = graph.snapshot.attributes
    values = [value for value in graph.all_values_of(row) if attributes.relations[value] not in _UNNAMED]
    return list(dict.fromkeys(attributes.values[value] for value in values))


def _unwanted(
    target: int, kind: NDArray[np.int32], graph: CatalogueGraph, random: np.random.Generator
) -> str | None:
    """Return a value that another product of the kind has, and the one that was bought has not."""
    other = _other(graph.snapshot.attributes.products_with(kind), target, random)
    if other is None:
        return None
    own = set(graph.all_values_of(target))
    values = [text for text in _named_values(other, graph) if not own & set(_about(text, graph).tolist())]
    return str(random.choice(values)) if values else None


def _about(text: str, graph: CatalogueGraph) -> NDArray[np.int32]:
    return graph.about_products(graph.values.exact(text))


def _other(rows: NDArray[np.int32], target: int, random: np.random.Generator) -> int | None:
    others = rows[rows != target]
    return int(random.choice(others)) if len(others) else None


def _drawn_value(
    relations: Set[str], own: Set[str], graph: CatalogueGraph, random: np.random.Generator
) -> str | None:
    """Return a value of some relations that is not one of a product's own; None if there is none."""
    attributes = graph.snapshot.attributes
    values = {
        value
        for name, value in zip(attributes.relations, attributes.values, strict=True)
        if name in relations
    }
    others = sorted(values - own)
    return str(random.choice(others)) if others else None


def _one_of(texts: Sequence[str], random: np.random.Generator) -> str:
    return texts[int(random.integers(len(texts)))]
