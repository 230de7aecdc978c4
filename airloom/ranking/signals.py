"""Which of the network's features belong to which signal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.causes import Cause
from airloom.ranking.inputs import FEATURES, SEQUENCE_SCORE, TREE_FEATURES

SIGNAL_FEATURES: Final[Mapping[Cause, tuple[str, ...]]] = {
    Cause.INTENTS: ("category_leaf", "category_mid", "category_top", *TREE_FEATURES),
    Cause.BOUGHT_TOGETHER: ("item_cf_content", "item_cf_commerce", "item_cf"),
    Cause.REPEAT: ("ordered_before", "touched_before"),
    Cause.TITLE: ("text_content_mean", "text_content_max", "text_commerce_mean", "text_commerce_max"),
    Cause.SEQUENCE: (SEQUENCE_SCORE,),
    Cause.PRICE: ("log_price", "price_known", "price_difference", "price_distance"),
    Cause.POPULARITY: ("log_popularity",),
}
"""The features of each signal that has some: all of `SIGNALS` but the last, in their order.

The numbers of events belong to none: they are the same for all products.
"""

IN_SIGNAL: Final[NDArray[np.bool_]] = np.array(
    [[name in features for name in FEATURES] for features in SIGNAL_FEATURES.values()]
)
"""Which features are a signal's, bool [len(SIGNAL_FEATURES), len(FEATURES)]."""
