"""What any ranker would know about a user and a product without intents."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled
from airloom.logs.contract import ACTIONS, COMMERCE_ACTIONS, ORDER
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.history import ACTION_CODE, UserHistory
from airloom.ranking.lookup import FREE, slot_of
from airloom.ranking.neighbour_scores import table_of

BASE_FEATURES: Final = (
    "log_popularity",
    "log_price",
    "price_known",
    "price_difference",
    "price_distance",
    "item_cf_content",
    "item_cf_commerce",
    "item_cf",
    "category_leaf",
    "category_mid",
    "category_top",
    "ordered_before",
    "touched_before",
    "text_content_mean",
    "text_content_max",
    "text_commerce_mean",
    "text_commerce_max",
    "content_events",
    "commerce_events",
)
"""Names of the columns of `base_features`, in order."""

SPREAD: Final = np.float32(30.0)
_IS_COMMERCE: Final = np.isin(ACTIONS, COMMERCE_ACTIONS)
_ORDERED: Final = ACTION_CODE[ORDER]
_TINY: Final = np.float32(1e-9)

# columns, by name, for compiled code
_POPULARITY: Final = BASE_FEATURES.index("log_popularity")
_PRICE: Final = BASE_FEATURES.index("log_price")
_PRICE_KNOWN: Final = BASE_FEATURES.index("price_known")
_PRICE_DIFFERENCE: Final = BASE_FEATURES.index("price_difference")
_PRICE_DISTANCE: Final = BASE_FEATURES.index("price_distance")
_CF_CONTENT: Final = BASE_FEATURES.index("item_cf_content")
_CF_COMMERCE: Final = BASE_FEATURES.index("item_cf_commerce")
_CF: Final = BASE_FEATURES.index("item_cf")
_CATEGORY: Final = BASE_FEATURES.index("category_leaf")  # and two more, from fine to coarse
_ORDERED_BEFORE: Final = BASE_FEATURES.index("ordered_before")
_TOUCHED_BEFORE: Final = BASE_FEATURES.index("touched_before")
_CONTENT_MEAN: Final = BASE_FEATURES.index("text_content_mean")
_CONTENT_MAX: Final = BASE_FEATURES.index("text_content_max")
_COMMERCE_MEAN: Final = BASE_FEATURES.index("text_commerce_mean")
_COMMERCE_MAX: Final = BASE_FEATURES.index("text_commerce_max")
_CONTENT_EVENTS: Final = BASE_FEATURES.index("content_events")
_COMMERCE_EVENTS: Final = BASE_FEATURES.index("commerce_events")


def is_commerce(history: UserHistory) -> NDArray[np.bool_]:
    """Which events are about products, bool [E]."""
    flags: NDArray[np.bool_] = _IS_COMMERCE[history.actions]
    return flags


@compiled
def spread(value: np.float32) -> np.float32:
    """log(1 + 30 x), which tells small weights apart as well as large ones."""
    return np.float32(np.log1p(SPREAD * value))


def base_features(
    catalogue: Catalogue,
    *,
    history: UserHistory,
    event_weights: NDArray[np.float32],
    candidates: NDArray[np.int32],
    similarities: NDArray[np.float32],
) -> NDArray[np.float32]:
    """One row of `BASE_FEATURES` for each candidate, float32 [C, F].

    Args:
        catalogue: Derived from the snapshot.
        history: The user's events before now.
        event_weights: float32 [E], decayed.
        candidates: int32 [C], rows of the snapshot.
        similarities: float32 [C, E], cosine of the texts of candidates and events.
    """
    out = np.zeros((len(candidates), len(BASE_FEATURES)), np.float32)
    _fill(
        out,
        (catalogue.log_popularity, catalogue.log_prices, catalogue.categories),
        (*catalogue.neighbours,),
        (history.objects, history.actions, is_commerce(history), event_weights),
        candidates,
        similarities,
    )
    return out


_Objects = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int32]]
"""log_popularity, log_prices and categories of a `Catalogue`."""
_Neighbours = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]
"""The columns of `Neighbours`."""
_Events = tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.bool_], NDArray[np.float32]]
"""Objects, actions, whether they are about products, and weights of a user's events."""


@compiled
def _fill(
    out: NDArray[np.float32],
    objects: _Objects,
    neighbours: _Neighbours,
    events: _Events,
    candidates: NDArray[np.int32],
    similarities: NDArray[np.float32],
) -> None:
    log_popularity, log_prices, _ = objects
    for candidate in range(len(candidates)):
        out[candidate, _POPULARITY] = log_popularity[candidates[candidate]]
    _tell_prices(out, log_prices, events, candidates)
    _tell_neighbours(out, neighbours, events, candidates)
    _tell_touched(out, objects, events, candidates)
    _tell_texts(out, events, similarities)


@compiled
def _tell_prices(
    out: NDArray[np.float32], log_prices: NDArray[np.float32], events: _Events, candidates: NDArray[np.int32]
) -> None:
    """Log price, whether it is known, and signed and absolute distance to what the user usually looks at."""
    past, _, commerce, weights = events
    added = total = np.float32(0.0)
    for event in range(len(past)):
        price = log_prices[past[event]]
        if commerce[event] and not np.isnan(price):
            added += price * weights[event]
            total += weights[event]
    for candidate in range(len(candidates)):
        price, row = log_prices[candidates[candidate]], out[candidate]
        if np.isnan(price):
            continue
        row[_PRICE], row[_PRICE_KNOWN] = price, np.float32(1.0)
        if total > 0:
            row[_PRICE_DIFFERENCE] = price - added / total
            row[_PRICE_DISTANCE] = abs(row[_PRICE_DIFFERENCE])


@compiled
def _tell_neighbours(
    out: NDArray[np.float32], neighbours: _Neighbours, events: _Events, candidates: NDArray[np.int32]
) -> None:
    """How well the candidate goes with the content, the products and all that the user touched.

    Every neighbour of every event is looked up among the candidates, in a table that fits the cache.
    """
    offsets, targets, shares = neighbours
    past, _, commerce, weights = events
    keys, places, own = table_of(candidates)
    for event in range(len(past)):
        column = _CF_COMMERCE if commerce[event] else _CF_CONTENT
        for neighbour in range(offsets[past[event]], offsets[past[event] + 1]):
            slot = slot_of(keys, targets[neighbour])
            if keys[slot] != FREE:
                out[places[slot], column] += weights[event] * shares[neighbour]
    for candidate in range(len(candidates) - 1, -1, -1):  # the first of equals is told last
        content, commerce_sum = out[own[candidate], _CF_CONTENT], out[own[candidate], _CF_COMMERCE]
        row = out[candidate]
        row[_CF_CONTENT], row[_CF_COMMERCE] = spread(content), spread(commerce_sum)
        row[_CF] = spread(content + commerce_sum)


@compiled
def _tell_touched(
    out: NDArray[np.float32], objects: _Objects, events: _Events, candidates: NDArray[np.int32]
) -> None:
    """How much the user touched of the candidate's own categories, from fine to coarse, and of itself."""
    _, _, categories = objects
    past, actions, commerce, weights = events
    for event in range(len(past)):
        if not commerce[event]:
            continue
        theirs, weight = categories[past[event]], weights[event]
        for candidate in range(len(candidates)):
            mine, row = categories[candidates[candidate]], out[candidate]
            for level in range(len(mine)):
                if mine[level] >= 0 and mine[level] == theirs[level]:
                    row[_CATEGORY + level] += weight
            if candidates[candidate] == past[event]:
                row[_TOUCHED_BEFORE] += weight
                if actions[event] == _ORDERED:
                    row[_ORDERED_BEFORE] += weight
    for row in out:
        for level in range(categories.shape[1]):
            row[_CATEGORY + level] = spread(row[_CATEGORY + level])
        row[_TOUCHED_BEFORE], row[_ORDERED_BEFORE] = (
            spread(row[_TOUCHED_BEFORE]),
            spread(row[_ORDERED_BEFORE]),
        )


@compiled
def _tell_texts(out: NDArray[np.float32], events: _Events, similarities: NDArray[np.float32]) -> None:
    """How like the events of either side the candidate's text is, and how many there are.

    A mean is weighted; the largest is 0 at least.
    """
    _, _, commerce, weights = events
    of_commerce, of_content = np.float32(0.0), np.float32(0.0)
    for event in range(len(weights)):
        if commerce[event]:
            of_commerce += weights[event]
        else:
            of_content += weights[event]
    products = commerce.sum()
    for candidate in range(len(similarities)):
        row, near = out[candidate], similarities[candidate]
        for event in range(len(near)):
            mean, most = (_COMMERCE_MEAN, _COMMERCE_MAX) if commerce[event] else (_CONTENT_MEAN, _CONTENT_MAX)
            row[mean] += near[event] * weights[event]
            row[most] = max(row[most], near[event])
        row[_CONTENT_MEAN] /= max(of_content, _TINY)
        row[_COMMERCE_MEAN] /= max(of_commerce, _TINY)
        row[_CONTENT_EVENTS] = np.log1p(len(commerce) - products)
        row[_COMMERCE_EVENTS] = np.log1p(products)
