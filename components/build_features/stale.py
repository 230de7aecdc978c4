"""Which days of a feature table must be made anew, by the times of their files, as make does it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import accumulate

from airloom.logs.contract import Table
from airloom.logs.lake import Lake

NEVER = datetime.min.replace(tzinfo=UTC)


def stale_days(lake: Lake, *, made: Table, source: Table, through: date, cumulative: bool) -> list[date]:
    """The days up to `through` whose rows in `made` are missing or older than those that they are made from.

    Args:
        lake: Holds both tables.
        made: The derived table.
        source: What it is derived from, day by day.
        through: The last day to look at.
        cumulative: Whether a day of `made` depends on all days of `source` up to it, not only on its own.
    """
    days = [day for day in lake.days(source) if day <= through]
    changed = [_written(lake, source, day) for day in days]
    if cumulative:
        changed = list(accumulate(changed, max))
    return [day for day, since in zip(days, changed, strict=True) if _written(lake, made, day) < since]


def delete_orphans(lake: Lake, *, made: Table, source: Table) -> list[date]:
    """Delete the days of `made` that `source` no longer has; returns them."""
    orphans = sorted(set(lake.days(made)) - set(lake.days(source)))
    for day in orphans:
        lake.delete(made, day)
    return orphans


def _written(lake: Lake, table: Table, day: date) -> datetime:
    """When the newest file of the day was written."""
    return lake.written(table, day) or NEVER
