"""How much an event of a user weighs, by its action and its age: in the intent tree, features and item-CF.

Three other settings weigh actions, for other purposes: `PopularitySettings` and
`CooccurrenceSettings` (`airloom.statistics`) count events of all users, `LabelWeights`
(`airloom.ranking.training.examples`) weighs what training predicts.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from airloom.logs.contract import ACTIONS
from airloom.timestamps import SECONDS_PER_DAY

if TYPE_CHECKING:
    from airloom.ranking.history import UserHistory


@dataclass(frozen=True)
class EventWeightSettings:
    """The weight of each action, and the half-life of an event.

    Attributes:
        view: Weight of a view; the other actions likewise.
        like: Weight of a like.
        click: Weight of a product click.
        cart: Weight of a cart.
        order: Weight of an order.
        half_life_days: Days after which an event weighs half as much.
    """

    view: float = 0.5
    like: float = 1.0
    click: float = 0.5
    cart: float = 1.0
    order: float = 1.0
    half_life_days: float = 4.0

    def event_weights(self, history: UserHistory, now: int) -> NDArray[np.float32]:
        """Return the weight of each event at `now`, float32 [E]: alpha[action] * exp(-lambda * age)."""
        alphas = np.array([getattr(self, action) for action in ACTIONS], np.float32)
        ages = (now - history.timestamps) / SECONDS_PER_DAY
        decay = np.exp(-log(2) / self.half_life_days * ages)
        return (alphas[history.actions] * decay).astype(np.float32)
