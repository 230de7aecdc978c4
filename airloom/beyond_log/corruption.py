"""What a training sequence hides: the corruptions of masked (discrete) diffusion."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.beyond_log.settings import CorruptionSettings

MIN_RATE: Final = 0.05
"""Smallest masking rate t: the loss is weighted with 1 / t, which would have no bound."""


class Corruption(NamedTuple):
    """Masks of B sequences.

    Attributes:
        masked: bool [B, L, M], tokens to predict.
        weights: float32 [B], of the loss of a masked token: 1 / t, or 1 where all of a kind are masked.
        counts: float32 [B], the number of tokens that the weighted ones stand for.
    """

    masked: NDArray[np.bool_]
    weights: NDArray[np.float32]
    counts: NDArray[np.float32]


def corrupt(
    there: NDArray[np.bool_],
    is_product: NDArray[np.bool_],
    *,
    columns: int,
    blanks: int,
    settings: CorruptionSettings,
    rng: np.random.Generator,
) -> Corruption:
    """Draw a way of corruption for each sequence, and its masks.

    With t from (0, 1], masking by token or by item hides a share t of what is there, and the cross-entropy of
    the hidden tokens divided by t is the bound on the likelihood of masked diffusion models. The other two
    ways hide all products, or the blanks.

    Args:
        there: bool [B, L], positions with an object.
        is_product: bool [B, L], those with a product.
        columns: Tokens of an item, M.
        blanks: Positions at the end that are purchases to come.
        settings: Shares of the ways.
        rng: Draws.
    """
    batch, length = there.shape
    way: NDArray[np.int64] = rng.choice(4, (batch,), p=settings.shares)
    rates: NDArray[np.float64] = MIN_RATE + (1 - MIN_RATE) * rng.random((batch,))
    by_token = rng.random((batch, length, columns)) < rates[:, None, None]
    by_item = rng.random((batch, length, 1)) < rates[:, None, None]
    at_end = np.broadcast_to(np.arange(length) >= length - blanks, there.shape)
    drawn = np.where((way == 0)[:, None, None], by_token, by_item)
    whole = np.where((way == 2)[:, None], is_product, at_end)
    by_rate = way < 2
    masked = np.where(by_rate[:, None, None], drawn, whole[:, :, None]) & there[:, :, None]
    scope = np.where(by_rate[:, None], there, whole & there)
    weights = np.where(by_rate, 1 / rates, 1.0)
    counts = scope.sum(axis=1) * columns
    return Corruption(masked, weights.astype(np.float32), counts.astype(np.float32))
