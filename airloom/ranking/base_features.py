"""What any ranker would know about a user and a product without intents."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.logs.contract import ACTIONS, COMMERCE_ACTIONS, ORDER
from airloom.ranking.catalogue import LEVELS, Catalogue
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
    of_content = event_weights - of_commerce
    sources = np.stack([of_content, of_commerce], axis=1)

    out = np.zeros((len(candidates), len(BASE_FEATURES)), np.float32)
    out[:, 0] = catalogue.log_popularity[candidates]
    _prices(out[:, 1:5], catalogue, history, of_commerce, candidates)
    added = neighbour_scores(catalogue.neighbours, history.objects, event_weights, candidates)
    out[:, 5] = spread(added @ (~commerce).astype(np.float32))
    out[:, 6] = spread(added @ commerce.astype(np.float32))
    out[:, 7] = spread(added.sum(axis=1))
    own, past = catalogue.categories[candidates], catalogue.categories[history.objects]
    for level in range(LEVELS):
        same = (own[:, level, None] == past[None, :, level]) & (own[:, level, None] >= 0)
        out[:, 8 + level] = spread(same @ of_commerce)
    same_object = candidates[:, None] == history.objects[None, :]
    out[:, 11] = spread(same_object @ np.where(history.actions == ACTION_CODE[ORDER], event_weights, 0.0))
    out[:, 12] = spread(same_object @ of_commerce)
    totals = sources.sum(axis=0)
    means = similarities @ (sources / np.maximum(totals, 1e-9))
    for source, flags in enumerate((~commerce, commerce)):
        out[:, 13 + 2 * source] = means[:, source]
        out[:, 14 + 2 * source] = np.where(flags, similarities, 0.0).max(axis=1, initial=0.0)
        out[:, 17 + source] = np.log1p(flags.sum())
    return out


def _prices(
    out: NDArray[np.float32],
    catalogue: Catalogue,
    history: UserHistory,
    of_commerce: NDArray[np.float32],
    candidates: NDArray[np.int32],
) -> None:
    """Log price, whether it is known, and signed and absolute distance to what the user usually looks at."""
    own = catalogue.log_prices[candidates]
    known = ~np.isnan(own)
    out[:, 0] = np.where(known, own, 0.0)
    out[:, 1] = known
    paid = catalogue.log_prices[history.objects]
    weights = np.where(np.isnan(paid), 0.0, of_commerce)
    if weights.sum() > 0:
        usual = np.nansum(paid * weights) / weights.sum()
        out[:, 2] = np.where(known, own - usual, 0.0)
        out[:, 3] = np.abs(out[:, 2])
