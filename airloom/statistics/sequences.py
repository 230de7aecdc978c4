"""The events of many users, each user's in the order of time: what neighbours and encoders learn from."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.logs.contract import ACTIONS, COMMERCE_ACTIONS, TIMESTAMP
from airloom.logs.lake import Lake
from airloom.statistics.past_events import events_before
from airloom.timestamps import MICROS_PER_SECOND, EpochSeconds, to_micros

_ABOUT_PRODUCTS: Final = np.isin(ACTIONS, COMMERCE_ACTIONS)


class Sequences(NamedTuple):
    """Events by user and then time.

    Attributes:
        users: int32 [E], a number for each user, ascending.
        objects: int32 [E], rows of the objects.
        actions: int8 [E], positions in `airloom.logs.contract.ACTIONS`.
        timestamps: int64 [E], seconds since 1970 UTC, ascending for each user.
    """

    users: NDArray[np.int32]
    objects: NDArray[np.int32]
    actions: NDArray[np.int8]
    timestamps: NDArray[np.int64]

    @property
    def starts(self) -> NDArray[np.int64]:
        """int64 [U + 1]: the events of the u-th user are those from `starts[u]` to before `starts[u + 1]`."""
        firsts = np.flatnonzero(np.diff(self.users, prepend=-1))
        return np.append(firsts, len(self.users))

    @property
    def about_products(self) -> NDArray[np.bool_]:
        """Bool [E], events that only products can have."""
        flags: NDArray[np.bool_] = _ABOUT_PRODUCTS[self.actions]
        return flags

    def where(self, mask: NDArray[np.bool_]) -> Sequences:
        """The events for which `mask` holds."""
        return Sequences(self.users[mask], self.objects[mask], self.actions[mask], self.timestamps[mask])

    def before(self, moment: EpochSeconds) -> Sequences:
        """Return the events earlier than `moment`."""
        return self.where(self.timestamps < moment)

    def onto(self, rows: NDArray[np.int32]) -> Sequences:
        """The same events with object o called `rows[o]`; those of an object called -1 are left out."""
        known = self.where(rows[self.objects] >= 0)
        return known._replace(objects=rows[known.objects])


class Read(NamedTuple):
    """Events read from a lake, and what their objects are called.

    Attributes:
        sequences: The events.
        ids: Object ids, ascending; `sequences.objects` are their positions.
    """

    sequences: Sequences
    ids: pa.Array


def read_sequences(lake: Lake, *, before: EpochSeconds, days: int) -> Read:
    """The clean events before a moment.

    Events of one microsecond have no order of their own: the object decides, scattered so that its id does
    not matter.

    Args:
        lake: Holds the clean events.
        before: Only events earlier than this are read.
        days: How far to look back.
    """
    events = events_before(lake, before=before, days=days).to_table(
        columns=["user_id", "ts", "action", "object_id"],
        filter=pc.field("ts") < pa.scalar(to_micros(before), TIMESTAMP),
    )
    users, _ = _codes(events["user_id"])
    objects, ids = _codes(events["object_id"])
    actions = pc.index_in(events["action"], value_set=pa.array(ACTIONS)).to_numpy().astype(np.int8)
    times = events["ts"].cast(pa.int64()).to_numpy()
    scattered = objects.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    order = np.lexsort((actions, scattered, times, users))
    seconds = times[order] // MICROS_PER_SECOND
    return Read(Sequences(users[order], objects[order], actions[order], seconds), ids)


def _codes(column: pa.ChunkedArray) -> tuple[NDArray[np.int32], pa.Array]:
    """Each value's rank among the distinct values, and these in ascending order."""
    ids = pc.unique(column).sort()
    return pc.index_in(column, value_set=ids).to_numpy().astype(np.int32), ids
