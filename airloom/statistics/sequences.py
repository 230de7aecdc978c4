"""The events of all users, by user and time: what item-CF and the sequence encoder learn from."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.logs.contract import ACTIONS, COMMERCE_ACTIONS
from airloom.logs.counted_events import read_counted_events
from airloom.logs.lake import Lake
from airloom.statistics.past_events import events_before
from airloom.timestamps import MICROS_PER_SECOND, EpochSeconds

IS_COMMERCE: Final = np.isin(ACTIONS, COMMERCE_ACTIONS)
"""Which of `ACTIONS` only products can have, bool [len(ACTIONS)]."""


class Sequences(NamedTuple):
    """Events by user and then time.

    Attributes:
        users: int32 [E], a number for each user, ascending.
        objects: int32 [E], rows of the objects.
        actions: int8 [E], indices into `airloom.logs.contract.ACTIONS`.
        timestamps: int64 [E], seconds since 1970 UTC, ascending for each user.
    """

    users: NDArray[np.int32]
    objects: NDArray[np.int32]
    actions: NDArray[np.int8]
    timestamps: NDArray[np.int64]

    @property
    def starts(self) -> NDArray[np.int64]:
        """Offsets of the users, int64 [U + 1]: user u has the events `starts[u]:starts[u + 1]`."""
        firsts = np.flatnonzero(np.diff(self.users, prepend=-1))
        return np.append(firsts, len(self.users))

    @property
    def is_commerce(self) -> NDArray[np.bool_]:
        """Which events have an action that only products can have, bool [E]."""
        flags: NDArray[np.bool_] = IS_COMMERCE[self.actions]
        return flags

    def where(self, mask: NDArray[np.bool_]) -> Sequences:
        """Return the events for which `mask` holds."""
        return Sequences(self.users[mask], self.objects[mask], self.actions[mask], self.timestamps[mask])

    def before(self, moment: EpochSeconds) -> Sequences:
        """Return the events earlier than `moment`."""
        return self.where(self.timestamps < moment)

    def with_rows(self, rows: NDArray[np.int32]) -> Sequences:
        """Return the events with `rows[o]` in place of object o, without those of objects with the row -1."""
        kept = self.where(rows[self.objects] >= 0)
        return kept._replace(objects=rows[kept.objects])


class SequencesOfLake(NamedTuple):
    """Events read from a lake, and the ids of their objects.

    Attributes:
        sequences: The events.
        ids: Object ids, ascending; `sequences.objects` are indices into them.
    """

    sequences: Sequences
    ids: pa.Array


def read_sequences(lake: Lake, *, before: EpochSeconds, days: int) -> SequencesOfLake:
    """Return the clean events before a moment.

    Returns, and the orders that they take back, are left out. Events of one microsecond have no order in
    time: a hash of the object decides.

    Args:
        lake: Holds the clean events.
        before: Only events earlier than this are read.
        days: How far to look back.
    """
    events = read_counted_events(events_before(lake, before=before, days=days), before=before)
    users, _ = _codes(events["user_id"])
    objects, ids = _codes(events["object_id"])
    actions = pc.index_in(events["action"], value_set=pa.array(ACTIONS)).to_numpy().astype(np.int8)
    times = events["ts"].cast(pa.int64()).to_numpy()
    hashed = objects.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    order = np.lexsort((actions, hashed, times, users))
    seconds = times[order] // MICROS_PER_SECOND
    return SequencesOfLake(Sequences(users[order], objects[order], actions[order], seconds), ids)


def _codes(column: pa.ChunkedArray) -> tuple[NDArray[np.int32], pa.Array]:
    """Return the index of each value among the distinct values, and these in ascending order."""
    ids = pc.unique(column).sort()
    return pc.index_in(column, value_set=ids).to_numpy().astype(np.int32), ids
