"""Price tiers: thirds of a category's own prices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.intents.linking.nodes import NO_NODE

NO_TIER: Final = -1


def price_tiers(
    prices: NDArray[np.float64],
    categories: NDArray[np.int64],
    currencies: NDArray[np.int64],
    *,
    parents: NDArray[np.int32],
    min_priced: int,
) -> NDArray[np.int8]:
    """Return the third of its category that each product's price is in: 0, 1 or 2; `NO_TIER` if unknown.

    A category with fewer than `min_priced` prices takes the thirds of the category above it, and so on up to
    the whole shop; prices of different currencies are never compared.

    Args:
        prices: float64 [P], NaN where there is none.
        categories: int64 [P], the node of each product's category, -1 without one.
        currencies: int64 [P], a number for each currency.
        parents: int32 [N], the node above each node, -1 at a root.
        min_priced: Prices that a category needs.
    """
    tiers = np.full(len(prices), NO_TIER, np.int8)
    above = categories.copy()
    open_rows = np.isfinite(prices)
    while open_rows.any():
        priced = np.flatnonzero(np.isfinite(prices))
        _, groups = np.unique(np.stack((above[priced], currencies[priced])), axis=1, return_inverse=True)
        thirds, sizes = _thirds(prices[priced], groups.ravel())
        enough = np.zeros(len(prices), np.bool_)
        enough[priced] = sizes[groups.ravel()] >= min_priced
        rows = priced[(open_rows & enough)[priced]]
        low, high = thirds[groups.ravel()[(open_rows & enough)[priced]]].T
        tiers[rows] = np.where(prices[rows] < low, 0, np.where(prices[rows] > high, 2, 1))
        open_rows[rows] = False
        if (above == NO_NODE).all():
            break
        above = np.where(above == NO_NODE, NO_NODE, parents[above])
    return tiers


def _thirds(
    prices: NDArray[np.float64], groups: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return float64 [G, 2], the prices that end the first and begin the last third, and int64 [G], sizes."""
    order = np.lexsort((prices, groups))
    sizes = np.bincount(groups)
    starts = np.cumsum(sizes) - sizes
    bounds: Sequence[NDArray[np.int64]] = (starts + sizes // 3, starts + (2 * sizes - 1) // 3)
    return np.stack([prices[order][bound] for bound in bounds], axis=1), sizes
