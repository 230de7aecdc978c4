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
from feature_repo.online import read_history
from feature_repo.tables import USER_HISTORY, view_name


def online_histories(store: FeatureStore, lake: Lake) -> Derivation:
    """Return what an online store is filled from; each store that the lake has filled has its own record."""
    # a store inside the lake is the same store in a copy of the lake
    described = repr(store.config.online_store).replace(lake.root, "")
    digest = hashlib.sha256(described.encode()).hexdigest()[:8]
    output = Table(f"online/{store.config.project}-{digest}", USER_HISTORY.schema, USER_HISTORY.sort_by)
    return Derivation(output, version=1, same_day=(USER_HISTORY,))


def materialize(store: FeatureStore, *, lake: str) -> int:
    """Let the online store hold the last row of every user, and nobody else's; returns the number of days.

    New days at the end are materialized alone. From a day that was corrected, came late or is gone, all days
    are materialized again, oldest first, as sqlite lets an older row overwrite a newer one; users who lost
    rows there get their last row that is left, or are removed.

    Days are noted once all are done, so a killed run is repeated.

    Raises:
        AirloomError: Something was corrected, and the store is of another kind than sqlite and Redis.
    """
    tables = Lake(lake)
    lineage = DerivedDays(tables, online_histories(store, tables), through=date.max)
    gone = lineage.orphans()
    changed = lineage.stale() if _is_filled(store, tables, lineage) else lineage.days
    if not changed and not gone:
        return 0
    first = min([*changed, *gone])
    due = [day for day in lineage.days if day >= first]
    if not lineage.records or first <= max(lineage.records):
        # a run that was killed before any day was built knows no more of the store than the first one
        is_known = any(record != begun() for record in lineage.records.values())
        since = first if is_known else date.min
        require_rows_to_take_back(store, since=since)
        lineage.note_begun([*due, *gone])
        take_back_rows(store, tables, since=since)
    else:
        lineage.note_begun(due)
    windows = list(batch_days(tables, USER_HISTORY, due, max_rows=ROWS_AT_ONCE))
    for window in progress(windows, what="materialize", unit="window") if len(windows) > 1 else windows:
        store.materialize(
            to_datetime(end_of(window[0])),
            to_datetime(end_of(window[-1])),
            feature_views=[view_name(USER_HISTORY)],
        )
    lineage.delete_orphans()
    lineage.record_built(due)
    return len(due) + len(gone)


def _is_filled(store: FeatureStore, lake: Lake, lineage: DerivedDays) -> bool:
    """Return whether the store still knows a user of an unchanged day: somebody may have emptied it."""
    unchanged = (day for day in reversed(lineage.days) if not lineage.changes(day))
    for day in unchanged:
        for rows in lake.chunks(USER_HISTORY, since=day, through=day, columns=["user_id"]):
            if rows.num_rows:
                return bool(read_history(store, rows["user_id"][0].as_py()).object_ids)
    return False
