"""Landed days become clean days and quarantine: every row in exactly one of both, every file whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from airloom.logs.contract import Table
from airloom.logs.days import by_day, for_each_day
from airloom.logs.lake import Lake
from airloom.logs.quarantine import REASON, quarantine


def write_clean(lake: Lake, table: Table, days: Sequence[date], landed: pa.Table, reasons: pa.Array) -> None:
    """Replace the clean and the quarantined rows of `days`.

    Args:
        lake: Where to write.
        table: What the rows are.
        days: Every day to replace, also those without a row.
        landed: The rows of these days with their origin, in the order of days.
        reasons: Why each of them goes to quarantine, null for a clean one.

    Raises:
        AirloomError: The disk is full or the place may not be written; what was not yet written stays.
    """
    parts = by_day(landed.append_column(REASON, reasons), days)

    def write(day: date) -> None:
        rows = parts[day]
        bad = rows.filter(pc.is_valid(rows[REASON]))
        if bad.num_rows:
            lake.write(quarantine(table), day, bad)
        else:
            lake.delete(quarantine(table), day)
        lake.write(table, day, rows.filter(pc.is_null(rows[REASON])))

    for_each_day(write, days)
