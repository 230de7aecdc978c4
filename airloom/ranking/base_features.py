"""What any ranker would know about a user and a product without intents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

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
    of_orders = np.where(history.actions == ACTION_CODE[ORDER], event_weights, 0.0)
    added = neighbour_scores(catalogue.neighbours, history.objects, event_weights, candidates)
    same_object = candidates[:, None] == history.objects[None, :]
    columns = {
        "log_popularity": catalogue.log_popularity[candidates],
        **_prices(catalogue, history, of_commerce, candidates),
        "item_cf_content": spread(added @ (~commerce).astype(np.float32)),
        "item_cf_commerce": spread(added @ commerce.astype(np.float32)),
        "item_cf": spread(added.sum(axis=1)),
        **_categories(catalogue, history, of_commerce, candidates),
        "ordered_before": spread(same_object @ of_orders),
        "touched_before": spread(same_object @ of_commerce),
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


def _categories(
    catalogue: Catalogue,
    history: UserHistory,
    of_commerce: NDArray[np.float32],
    candidates: NDArray[np.int32],
) -> _Columns:
    """How much the user touched of the candidate's own categories, from fine to coarse."""
    own, past = catalogue.categories[candidates], catalogue.categories[history.objects]
    found = {}
    for level, name in enumerate(("category_leaf", "category_mid", "category_top")):
        same = (own[:, level, None] == past[None, :, level]) & (own[:, level, None] >= 0)
        found[name] = spread(same @ of_commerce)
    return found


def _texts(
    similarities: NDArray[np.float32],
    of_content: NDArray[np.float32],
    of_commerce: NDArray[np.float32],
    commerce: NDArray[np.bool_],
) -> _Columns:
    """How like the events of either side the candidate's text is, and how many there are."""
    weights = np.stack([of_content, of_commerce], axis=1)
    means = similarities @ (weights / np.maximum(weights.sum(axis=0), 1e-9))
    found = {}
    for place, (side, flags) in enumerate((("content", ~commerce), ("commerce", commerce))):
        found[f"text_{side}_mean"] = means[:, place]
        found[f"text_{side}_max"] = np.where(flags, similarities, 0.0).max(axis=1, initial=0.0)
        found[f"{side}_events"] = np.log1p(flags.sum())
    return found
