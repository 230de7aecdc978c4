"""What shoppers want to buy, and what they are ready to pay: wanting follows watching by one to five days."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airloom.simulation.shoppers import ShopperBlock
from airloom.simulation.truth import Truth
from airloom.simulation.watching import ViewingModel, Views

DELAY = (0.28, 0.27, 0.20, 0.15, 0.10)
"""How much of today's wants was watched 1, 2, 3, 4, 5 days ago."""
_HALF = 1.6  # videos of a lifestyle (delay-weighted, a day) after which half of the want is there
_IMPULSE = 0.08  # of those who look at what they can afford but never wanted, who buy it


class Tastes:
    """Computes wants from views; keeps the counts of the days that the newest day asked for needs."""

    def __init__(self, *, truth: Truth, watching: ViewingModel) -> None:
        self._watching = watching
        self._pull = (truth.weights / truth.weights.max(axis=1, keepdims=True)).astype(np.float32)
        self._counts: dict[tuple[int, int], NDArray[np.uint8]] = {}

    def remember(self, views: Views, *, day: int, number: int, block: ShopperBlock) -> None:
        """Keep what a block watched on a day, so that the days after need not draw it again."""
        self._counts[day, number] = self._watching.counts(views, shoppers=len(block.presence))

    def wants(self, *, day: int, number: int, block: ShopperBlock) -> NDArray[np.float32]:
        """Return how much each shopper wants things of each leaf on a day, float32 [B, leaves] in [0, 1].

        The want of a lifestyle rises with the videos of it that were watched one to five days ago, by a Hill
        curve of exponent 2: a chance view moves little, a habit saturates.
        """
        self._counts = {key: counts for key, counts in self._counts.items() if key[0] >= day - len(DELAY)}
        watched = np.zeros((len(block.presence), len(self._pull)), np.float32)
        for delay, weight in enumerate(DELAY, start=1):
            if (day - delay, number) not in self._counts:
                views = self._watching.views(day=day - delay, number=number, block=block)
                self.remember(views, day=day - delay, number=number, block=block)
            watched += np.float32(weight) * self._counts[day - delay, number]
        habit = np.square(watched)
        wants: NDArray[np.float32] = np.minimum(habit / (habit + np.float32(_HALF**2)) @ self._pull, 1.0)
        return wants


def affordable(
    prices: NDArray[np.float64],
    *,
    budgets: NDArray[np.float64] | float,
    sensitivities: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """Return the probability that a price in USD does not deter a shopper; one half at their budget."""
    readiness: NDArray[np.float64] = 1.0 / (1.0 + (prices / budgets) ** sensitivities)
    return readiness


def intent_to_buy(want: NDArray[np.float64], readiness: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probability that a viewer of a product buys it, by want and readiness, both in [0, 1]."""
    chance: NDArray[np.float64] = readiness * (_IMPULSE + (1.0 - _IMPULSE) * want)
    return chance
