"""Features of a user and a product that need no intents."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled
from airloom.logs.contract import ORDER
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.hash_table import EMPTY, find_slot
from airloom.ranking.history import ACTION_CODE, UserHistory
from airloom.ranking.neighbor_scores import candidate_table
from airloom.statistics.sequences import IS_COMMERCE

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

_LOG_SCALE: Final = np.float32(30.0)
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
    """Return which events are about products, bool [E]."""
    flags: NDArray[np.bool_] = IS_COMMERCE[history.actions]
    return flags


@compiled
def log_scale(value: np.float32) -> np.float32:
    """Return log(1 + 30 x), which keeps small weights apart as well as large ones."""
    return np.float32(np.log1p(_LOG_SCALE * value))


def base_features(
    catalogue: Catalogue,
    *,
    history: UserHistory,
    event_weights: NDArray[np.float32],
    candidates: NDArray[np.int32],
    similarities: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return one row of `BASE_FEATURES` for each candidate, float32 [C, F].

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
        (*catalogue.neighbors,),
        (history.objects, history.actions, is_commerce(history), event_weights),
        candidates,
        similarities,
    )
    return out


_Objects = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int32]]
"""log_popularity, log_prices and categories of a `Catalogue`."""
_Neighbors = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]
"""The columns of `Neighbors`."""
_Events = tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.bool_], NDArray[np.float32]]
"""Objects, actions, whether the event is about a product, and weights of a user's events."""


@compiled
def _fill(
    out: NDArray[np.float32],
    objects: _Objects,
    neighbors: _Neighbors,
    events: _Events,
    candidates: NDArray[np.int32],
    similarities: NDArray[np.float32],
) -> None:
    log_popularity, log_prices, _ = objects
    for candidate in range(len(candidates)):
        out[candidate, _POPULARITY] = log_popularity[candidates[candidate]]
    _fill_prices(out, log_prices, events, candidates)
    _fill_neighbors(out, neighbors, events, candidates)
    _fill_touched(out, objects, events, candidates)
    _fill_texts(out, events, similarities)


@compiled
def _fill_prices(
    out: NDArray[np.float32], log_prices: NDArray[np.float32], events: _Events, candidates: NDArray[np.int32]
) -> None:
    """Log price, whether it is known, and its signed and absolute distance to the user's weighted mean."""
    objects, _, commerce, weights = events
    price_sum = weight_sum = np.float32(0.0)
    for event in range(len(objects)):
        price = log_prices[objects[event]]
        if commerce[event] and not np.isnan(price):
            price_sum += price * weights[event]
            weight_sum += weights[event]
    for candidate in range(len(candidates)):
        price, row = log_prices[candidates[candidate]], out[candidate]
        if np.isnan(price):
            continue
        row[_PRICE], row[_PRICE_KNOWN] = price, np.float32(1.0)
        if weight_sum > 0:
            row[_PRICE_DIFFERENCE] = price - price_sum / weight_sum
            row[_PRICE_DISTANCE] = abs(row[_PRICE_DIFFERENCE])


@compiled
def _fill_neighbors(
    out: NDArray[np.float32], neighbors: _Neighbors, events: _Events, candidates: NDArray[np.int32]
) -> None:
    """Fill item-CF scores from the content that the user touched, from the products, and from both.

    Every neighbor of every event is looked up among the candidates, in a table that fits the cache.
    """
    offsets, targets, neighbor_weights = neighbors
    objects, _, commerce, weights = events
    keys, rows, first_rows = candidate_table(candidates)
    for event in range(len(objects)):
        column = _CF_COMMERCE if commerce[event] else _CF_CONTENT
        for neighbor in range(offsets[objects[event]], offsets[objects[event] + 1]):
            slot = find_slot(keys, targets[neighbor])
            if keys[slot] != EMPTY:
                out[rows[slot], column] += weights[event] * neighbor_weights[neighbor]
    for candidate in range(
        len(candidates) - 1, -1, -1
    ):  # duplicates read their first row before it is scaled
        content, commerce_sum = (
            out[first_rows[candidate], _CF_CONTENT],
            out[first_rows[candidate], _CF_COMMERCE],
        )
        row = out[candidate]
        row[_CF_CONTENT], row[_CF_COMMERCE] = log_scale(content), log_scale(commerce_sum)
        row[_CF] = log_scale(content + commerce_sum)


@compiled
def _fill_touched(
    out: NDArray[np.float32], objects: _Objects, events: _Events, candidates: NDArray[np.int32]
) -> None:
    """Fill the weight of product events in the candidate's categories, fine to coarse, and on itself."""
    _, _, categories = objects
    event_objects, actions, commerce, weights = events
    for event in range(len(event_objects)):
        if not commerce[event]:
            continue
        event_categories, weight = categories[event_objects[event]], weights[event]
        for candidate in range(len(candidates)):
            own_categories, row = categories[candidates[candidate]], out[candidate]
            for level in range(len(own_categories)):
                if own_categories[level] >= 0 and own_categories[level] == event_categories[level]:
                    row[_CATEGORY + level] += weight
            if candidates[candidate] == event_objects[event]:
                row[_TOUCHED_BEFORE] += weight
                if actions[event] == _ORDERED:
                    row[_ORDERED_BEFORE] += weight
    for row in out:
        for level in range(categories.shape[1]):
            row[_CATEGORY + level] = log_scale(row[_CATEGORY + level])
        row[_TOUCHED_BEFORE], row[_ORDERED_BEFORE] = (
            log_scale(row[_TOUCHED_BEFORE]),
            log_scale(row[_ORDERED_BEFORE]),
        )


@compiled
def _fill_texts(out: NDArray[np.float32], events: _Events, similarities: NDArray[np.float32]) -> None:
    """Fill the similarity of the candidate's text to content and product events, and their numbers.

    The mean is weighted; the maximum is at least 0.
    """
    _, _, commerce, weights = events
    commerce_weight, content_weight = np.float32(0.0), np.float32(0.0)
    for event in range(len(weights)):
        if commerce[event]:
            commerce_weight += weights[event]
        else:
            content_weight += weights[event]
    commerce_events = commerce.sum()
    for candidate in range(len(similarities)):
        row, similarity = out[candidate], similarities[candidate]
        for event in range(len(similarity)):
            mean, highest = (
                (_COMMERCE_MEAN, _COMMERCE_MAX) if commerce[event] else (_CONTENT_MEAN, _CONTENT_MAX)
            )
            row[mean] += similarity[event] * weights[event]
            row[highest] = max(row[highest], similarity[event])
        row[_CONTENT_MEAN] /= max(content_weight, _TINY)
        row[_COMMERCE_MEAN] /= max(commerce_weight, _TINY)
        row[_CONTENT_EVENTS] = np.log1p(len(commerce) - commerce_events)
        row[_COMMERCE_EVENTS] = np.log1p(commerce_events)
