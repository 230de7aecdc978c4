"""Divides landed days into clean days and quarantine: no row goes to both, and a replaced one to neither."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from airloom.logs.contract import Table
from airloom.logs.days import by_day, for_each_day
from airloom.logs.lake import Lake
from airloom.logs.quarantine import REASON, quarantine


def write_clean(
    lake: Lake,
    table: Table,
    days: Sequence[date],
    landed: pa.Table,
    reasons: pa.Array,
    *,
    replaced: pa.Array,
) -> None:
    """Replace the clean and the quarantined rows of `days`.

    Args:
        lake: The lake to write to.
        table: The table of the rows.
        days: All days to replace, also those without a row.
        landed: The rows of these days with their origin, in the order of days.
        reasons: Why each row goes to quarantine, null for a clean one.
        replaced: Which clean rows a later row of the day replaces; they are only in the landing folder.

    Raises:
        AirloomError: The disk is full or a path may not be written; days not yet written stay as they were.
    """
    kept = pc.invert(replaced)
    parts = by_day(landed.append_column(REASON, reasons).filter(kept), days)

    def write(day: date) -> None:
        rows = parts[day]
        bad = rows.filter(pc.is_valid(rows[REASON]))
        if bad.num_rows:
            lake.write(quarantine(table), day, bad)
        else:
            lake.delete(quarantine(table), day)
        lake.write(table, day, rows.filter(pc.is_null(rows[REASON])))

    for_each_day(write, days)
