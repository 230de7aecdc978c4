"""`user_history`: one row for every user and day with activity."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa

from airloom.lineage.derivation import DerivedDays
from airloom.logs.contract import EVENTS, TIMESTAMP
from airloom.logs.days import batch_days
from airloom.logs.histories import user_histories
from airloom.logs.lake import Lake
from airloom.progress import progress
from airloom.timestamps import end_of, to_micros
from components.build_features.derivations import USER_HISTORIES
from feature_repo.tables import EVENT_TIMESTAMP, USER_HISTORY

EVENTS_AT_ONCE: Final = 200_000
"""Events of the days that are built together: each may bring a row of a hundred events into memory."""


def write_histories(lake: Lake, *, through: date) -> int:
    """Write the days whose events, or earlier ones, are not those they were made from; returns how many."""
    lineage = DerivedDays(lake, USER_HISTORIES, through=through)
    lineage.delete_orphans()
    days = lineage.stale()
    batches = list(batch_days(lake, EVENTS, days, max_rows=EVENTS_AT_ONCE))
    for batch in progress(batches, what="user histories", unit="batch") if len(batches) > 1 else batches:
        histories = user_histories(lake, since=batch[0], through=batch[-1]).sort_by("day")
        own = np.array(batch, "M8[D]")  # up-to-date days may lie between them, so each day has its own bounds
        starts, ends = np.searchsorted(histories["day"].to_numpy(), [own, own + 1])
        for day, start, end in zip(batch, starts, ends, strict=True):
            lake.write(USER_HISTORY, day, _rows(histories.slice(start, end - start), day))
        lineage.record_built(batch)
    return len(days)


def _rows(histories: pa.Table, day: date) -> pa.Table:
    end = pa.scalar(to_micros(end_of(day)), TIMESTAMP)
    return histories.append_column(EVENT_TIMESTAMP, pa.repeat(end, histories.num_rows))
