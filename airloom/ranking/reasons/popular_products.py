"""The products of which a reason may say that they are popular in their category."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.ranking.snapshot import Objects

POPULAR_SHARE: Final = 0.25
"""The share of a category's products that are called popular."""


def popular_products(objects: Objects) -> NDArray[np.bool_]:
    """Return which objects are popular in their leaf category, bool [O].

    These are the first quarter of its products on sale by popularity, at least one, but none that nobody
    touched, and not the only product of a category. Products without a category are compared with each other.
    """
    products = np.flatnonzero(objects.active & objects.is_product)
    leaves, popularity = objects.leaves[products], objects.popularity[products]
    order = np.lexsort((products, -popularity, leaves))
    sorted_leaves = leaves[order]
    first = np.searchsorted(sorted_leaves, sorted_leaves, side="left")
    size = np.searchsorted(sorted_leaves, sorted_leaves, side="right") - first
    in_front = np.arange(len(order)) - first < np.maximum(POPULAR_SHARE * size, 1)
    popular = np.zeros(len(objects.ids), np.bool_)
    popular[products[order]] = in_front & (size > 1) & (popularity[order] > 0)
    return popular
