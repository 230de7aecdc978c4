"""Which products of a catalogue were ordered, from the events of a lake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.logs.contract import EVENTS, ORDER
from airloom.logs.lake import Lake


def bought_products(lake: Lake, ids: Sequence[str], *, through: date) -> NDArray[np.int32]:
    """Return the rows of the objects that were ordered, int32 [n], once for each order.

    Args:
        lake: Has the events.
        ids: Of the objects of a snapshot; orders of others are left out.
        through: The last day that is read.
    """
    known, rows = pa.array(ids, pa.string()), [np.empty(0, np.int32)]
    for events in lake.chunks(EVENTS, through=through, columns=["object_id", "action"]):
        ordered = events.filter(pc.equal(events["action"], ORDER))["object_id"]
        rows.append(pc.index_in(ordered, value_set=known).drop_null().to_numpy())
    return np.concatenate(rows)
