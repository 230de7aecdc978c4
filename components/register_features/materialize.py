"""Fills the online store with the user histories that changed since it was last filled."""

from __future__ import annotations

import hashlib
from datetime import date

from feast import FeatureStore

from airloom.lineage.derivation import Derivation, DerivedDays
from airloom.lineage.records import begun
from airloom.logs.contract import Table
from airloom.logs.days import batch_days
from airloom.logs.lake import Lake
from airloom.progress import progress
from airloom.timestamps import end_of, to_datetime
from components.register_features.corrected_rows import (
    ROWS_AT_ONCE,
    require_rows_to_take_back,
    take_back_rows,
)
from feature_repo.online import has_row
from feature_repo.tables import USER_HISTORY, view_name


def online_table(store: FeatureStore, lake: Lake, table: Table) -> Derivation:
    """Return what an online store is filled from; each store that the lake has filled has its own record."""
    # a store inside the lake is the same store in a copy of the lake
    described = repr(store.config.online_store).replace(lake.root, "")
    digest = hashlib.sha256(described.encode()).hexdigest()[:8]
    name = f"online/{store.config.project}-{digest}"
    if table != USER_HISTORY:
        name += f"-{view_name(table)}"
    return Derivation(Table(name, table.schema, table.sort_by), version=1, same_day=(table,))


def materialize(store: FeatureStore, *, lake: str, table: Table = USER_HISTORY) -> int:
    """Let the online store hold the last row of every user, and nobody else's; returns the number of days.

    New days at the end are materialized alone. From a day that was corrected, came late or is gone, all days
    are materialized again, oldest first, as sqlite lets an older row overwrite a newer one; users who lost
    rows there get their last row that is left, or are removed.

    Days are noted once all are done, so a killed run is repeated.

    Raises:
        AirloomError: Something was corrected, and the store is of another kind than sqlite and Redis.
    """
    tables = Lake(lake)
    lineage = DerivedDays(tables, online_table(store, tables, table), through=date.max)
    gone = lineage.orphans()
    changed = lineage.stale() if _is_filled(store, tables, lineage, table) else lineage.days
    if not changed and not gone:
        return 0
    first = min([*changed, *gone])
    due = [day for day in lineage.days if day >= first]
    if not lineage.records or first <= max(lineage.records):
        # a run that was killed before any day was built knows no more of the store than the first one
        is_known = any(record != begun() for record in lineage.records.values())
        since = first if is_known else date.min
        require_rows_to_take_back(store, table, since=since)
        lineage.note_begun([*due, *gone])
        take_back_rows(store, tables, table, since=since)
    else:
        lineage.note_begun(due)
    windows = list(batch_days(tables, table, due, max_rows=ROWS_AT_ONCE))
    for window in progress(windows, what="materialize", unit="window") if len(windows) > 1 else windows:
        store.materialize(
            to_datetime(end_of(window[0])),
            to_datetime(end_of(window[-1])),
            feature_views=[view_name(table)],
        )
    lineage.delete_orphans()
    lineage.record_built(due)
    return len(due) + len(gone)


def _is_filled(store: FeatureStore, lake: Lake, lineage: DerivedDays, table: Table) -> bool:
    """Return whether the store still knows a user of an unchanged day: somebody may have emptied it."""
    unchanged = (day for day in reversed(lineage.days) if not lineage.changes(day))
    for day in unchanged:
        for rows in lake.chunks(table, since=day, through=day, columns=["user_id"]):
            if rows.num_rows:
                return has_row(store, table, rows["user_id"][0].as_py())
    return False
