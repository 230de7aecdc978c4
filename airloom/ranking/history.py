"""One user's past, in the coordinates of a snapshot."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.logs.contract import ACTIONS

ACTION_CODE = {action: code for code, action in enumerate(ACTIONS)}


class UserHistory(NamedTuple):
    """A user's most recent events, oldest first.

    Attributes:
        objects: int32 [E], rows of the snapshot's objects.
        actions: int8 [E], positions in `airloom.logs.contract.ACTIONS`.
        timestamps: int64 [E], seconds since 1970 UTC, ascending.
    """

    objects: NDArray[np.int32]
    actions: NDArray[np.int8]
    timestamps: NDArray[np.int64]

    @classmethod
    def empty(cls) -> UserHistory:
        """The history of a user nobody knows."""
        return cls(np.empty(0, np.int32), np.empty(0, np.int8), np.empty(0, np.int64))

    def __bool__(self) -> bool:
        return len(self.objects) > 0

    def newest(self, count: int) -> UserHistory:
        """The last `count` events."""
        kept = slice(max(len(self.objects) - count, 0), None)
        return UserHistory(self.objects[kept], self.actions[kept], self.timestamps[kept])

    def before(self, now: int) -> UserHistory:
        """The events strictly before `now` (seconds since 1970 UTC)."""
        end = int(np.searchsorted(self.timestamps, now, side="left"))
        return UserHistory(self.objects[:end], self.actions[:end], self.timestamps[:end])
