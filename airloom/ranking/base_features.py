"""What any ranker would know about a user and a product without intents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled
from airloom.logs.contract import ACTIONS, COMMERCE_ACTIONS, ORDER
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.history import ACTION_CODE, UserHistory
from airloom.ranking.neighbour_scores import neighbour_scores

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

SPREAD: Final = 30.0
_Columns = Mapping[str, NDArray[Any]]
_IS_COMMERCE: Final = np.isin(ACTIONS, COMMERCE_ACTIONS)


def is_commerce(history: UserHistory) -> NDArray[np.bool_]:
    """Which events are about products, bool [E]."""
    flags: NDArray[np.bool_] = _IS_COMMERCE[history.actions]
    return flags


def spread(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """log(1 + 30 x), which tells small weights apart as well as large ones."""
    spread_out: NDArray[np.float32] = np.log1p(SPREAD * values)
    return spread_out


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
    commerce = is_commerce(history)
    of_commerce = np.where(commerce, event_weights, 0.0).astype(np.float32)
    added = neighbour_scores(catalogue.neighbours, history.objects, event_weights, candidates)
    columns = {
        "log_popularity": catalogue.log_popularity[candidates],
        **_prices(catalogue, history, of_commerce, candidates),
        **_neighbours(added, commerce),
        **_touched(catalogue, history, of_commerce, candidates),
        **_texts(similarities, event_weights - of_commerce, of_commerce, commerce),
    }
    out = np.empty((len(candidates), len(BASE_FEATURES)), np.float32)
    for place, name in enumerate(BASE_FEATURES):
        out[:, place] = columns[name]
    return out


def _prices(
    catalogue: Catalogue,
    history: UserHistory,
    of_commerce: NDArray[np.float32],
    candidates: NDArray[np.int32],
) -> _Columns:
    """Log price, whether it is known, and signed and absolute distance to what the user usually looks at."""
    own, paid = catalogue.log_prices[candidates], catalogue.log_prices[history.objects]
    known = ~np.isnan(own)
    weights = np.where(np.isnan(paid), 0.0, of_commerce)
    difference = np.zeros(len(candidates), np.float32)
    if weights.sum() > 0:
        usual = np.nansum(paid * weights) / weights.sum()
        difference = np.where(known, own - usual, 0.0).astype(np.float32)
    return {
        "log_price": np.where(known, own, 0.0),
        "price_known": known,
        "price_difference": difference,
        "price_distance": np.abs(difference),
    }


def _neighbours(added: NDArray[np.float32], commerce: NDArray[np.bool_]) -> _Columns:
    """How well the candidate goes with the content, the products and all that the user touched."""
    content, products = _by_side(added, commerce)
    return {
        "item_cf_content": spread(content),
        "item_cf_commerce": spread(products),
        "item_cf": spread(content + products),
    }


def _touched(
    catalogue: Catalogue,
    history: UserHistory,
    of_commerce: NDArray[np.float32],
    candidates: NDArray[np.int32],
) -> _Columns:
    """How much the user touched of the candidate's own categories, from fine to coarse, and of itself."""
    sums = _same(
        catalogue.categories[candidates],
        catalogue.categories[history.objects],
        candidates,
        history.objects,
        of_commerce,
        history.actions == ACTION_CODE[ORDER],
    )
    names = ("category_leaf", "category_mid", "category_top", "touched_before", "ordered_before")
    return dict(zip(names, spread(sums), strict=True))


def _texts(
    similarities: NDArray[np.float32],
    of_content: NDArray[np.float32],
    of_commerce: NDArray[np.float32],
    commerce: NDArray[np.bool_],
) -> _Columns:
    """How like the events of either side the candidate's text is, and how many there are."""
    found: dict[str, NDArray[Any]] = {}
    for side, flags, weights in (("content", ~commerce, of_content), ("commerce", commerce, of_commerce)):
        mean, most = _likeness(similarities, flags, weights)
        found |= {
            f"text_{side}_mean": mean,
            f"text_{side}_max": most,
            f"{side}_events": np.log1p(flags.sum()),
        }
    return found


@compiled
def _by_side(
    added: NDArray[np.float32], commerce: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The sums of `added` over the events about content and over those about products, float32 [C] each."""
    content, products = np.zeros(len(added), np.float32), np.zeros(len(added), np.float32)
    for candidate in range(len(added)):
        for event in range(len(commerce)):
            if commerce[event]:
                products[candidate] += added[candidate, event]
            else:
                content[candidate] += added[candidate, event]
    return content, products


@compiled
def _same(
    own: NDArray[np.int32],
    past: NDArray[np.int32],
    candidates: NDArray[np.int32],
    objects: NDArray[np.int32],
    weights: NDArray[np.float32],
    ordered: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """Weights of events in each category of a candidate, about it, and ordering it, float32 [L + 2, C]."""
    levels = own.shape[1]
    out = np.zeros((levels + 2, len(candidates)), np.float32)
    for candidate in range(len(candidates)):
        for event in range(len(objects)):
            weight = weights[event]
            if weight == 0:  # content
                continue
            for level in range(levels):
                if own[candidate, level] >= 0 and own[candidate, level] == past[event, level]:
                    out[level, candidate] += weight
            if candidates[candidate] == objects[event]:
                out[levels, candidate] += weight
                if ordered[event]:
                    out[levels + 1, candidate] += weight
    return out


@compiled
def _likeness(
    similarities: NDArray[np.float32], flags: NDArray[np.bool_], weights: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The weighted mean and the largest (0 at least) of each row where `flags` hold, float32 [C] each."""
    mean, most = np.zeros(len(similarities), np.float32), np.zeros(len(similarities), np.float32)
    total = max(weights.sum(), 1e-9)
    for candidate in range(len(similarities)):
        row, added = similarities[candidate], np.float32(0.0)
        for event in range(len(flags)):
            added += row[event] * weights[event]
            if flags[event] and row[event] > most[candidate]:
                most[candidate] = row[event]
        mean[candidate] = added / total
    return mean, most
