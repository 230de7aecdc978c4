"""The objects as they stood at the end of a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pyarrow as pa

from airloom.logs.contract import OBJECTS
from airloom.logs.lake import Lake

COLUMNS = ("object_id", "domain", "title", "category_path", "published_at", "retired_at")


def midnight_after(day: date) -> datetime:
    """The first moment that no longer belongs to `day`, UTC."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def objects_as_of(lake: Lake, *, day: date) -> pa.Table:
    """The latest row of every object among the days up to `day`: `COLUMNS`, sorted by object_id."""
    changes = lake.read(OBJECTS, until=day, columns=COLUMNS)
    # days ascend, so the last row of an object is its state
    rows = pa.table({"object_id": changes["object_id"], "row": np.arange(changes.num_rows)})
    last = rows.group_by("object_id").aggregate([("row", "max")])["row_max"]
    return changes.take(last).sort_by("object_id")
