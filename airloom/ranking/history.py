"""One user's history, with objects as rows of a snapshot."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled
from airloom.logs.contract import ACTIONS
from airloom.ranking.inferred import InferredBehaviors

ACTION_CODE = {action: code for code, action in enumerate(ACTIONS)}


class UserHistory(NamedTuple):
    """A user's most recent events, oldest first, and what is inferred from them.

    Attributes:
        objects: int32 [E], rows of the snapshot's objects.
        actions: int8 [E], indices into `airloom.logs.contract.ACTIONS`.
        timestamps: int64 [E], seconds since 1970 UTC, ascending.
        inferred: Behaviors that the log does not hold; they are no events.
    """

    objects: NDArray[np.int32]
    actions: NDArray[np.int8]
    timestamps: NDArray[np.int64]
    inferred: InferredBehaviors = InferredBehaviors.none()

    @classmethod
    def empty(cls) -> UserHistory:
        """Return the history of an unknown user."""
        return cls(np.empty(0, np.int32), np.empty(0, np.int8), np.empty(0, np.int64))

    def __bool__(self) -> bool:
        return len(self.objects) > 0

    @property
    def events(self) -> tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.int64]]:
        """The columns of the events: objects, actions and timestamps."""
        return self.objects, self.actions, self.timestamps

    def newest(self, count: int) -> UserHistory:
        """Return the last `count` events."""
        return self._taken(slice(max(len(self.objects) - count, 0), None))

    def before(self, now: int) -> UserHistory:
        """Return the events strictly before `now` (seconds since 1970 UTC)."""
        return self._taken(slice(int(np.searchsorted(self.timestamps, now, side="left"))))

    def without_duplicates(self) -> UserHistory:
        """Return the history with the same action on the same object in the same second only once."""
        return self._taken(_is_first(*self.events))

    def _taken(self, kept: slice | NDArray[np.bool_]) -> UserHistory:
        return UserHistory(self.objects[kept], self.actions[kept], self.timestamps[kept], self.inferred)


@compiled
def _is_first(
    objects: NDArray[np.int32], actions: NDArray[np.int8], timestamps: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which events, in the order of time, do not repeat an earlier one, bool [E]."""
    first = np.ones(len(timestamps), np.bool_)
    for event in range(len(timestamps)):
        earlier = event - 1
        while first[event] and earlier >= 0 and timestamps[earlier] == timestamps[event]:
            first[event] = objects[earlier] != objects[event] or actions[earlier] != actions[event]
            earlier -= 1
    return first
