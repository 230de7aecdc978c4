"""Fills the online store with the user histories that changed since it was last filled."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from feast import FeatureStore

from airloom.lineage.derivation import Derivation, DerivedDays
from airloom.lineage.records import LineageRecord
from airloom.logs.contract import Table
from airloom.logs.days import batch_days
from airloom.logs.lake import Lake
from airloom.progress import progress
from airloom.timestamps import end_of, to_datetime
from feature_repo.online import read_history
from feature_repo.tables import USER_HISTORY, view_name

ROWS_AT_ONCE: Final = 50_000
"""Rows of the days that are materialized together; Feast takes all of them into memory as Python lists."""


def online_histories(store: FeatureStore, lake: Lake) -> Derivation:
    """Return what an online store is filled from; each store that the lake has filled has its own record."""
    # a store inside the lake is the same store in a copy of the lake
    described = repr(store.config.online_store).replace(lake.root, "")
    digest = hashlib.sha256(described.encode()).hexdigest()[:8]
    output = Table(f"online/{store.config.project}-{digest}", USER_HISTORY.schema, USER_HISTORY.sort_by)
    return Derivation(output, version=1, same_day=(USER_HISTORY,))


def materialize(store: FeatureStore, *, lake: str) -> int:
    """Materialize `user_history` from the first changed day to the newest; returns the number of days.

    A sqlite store lets an older row overwrite a newer one, so days are taken in order and always up to the
    newest. They are noted once all are done, so a killed run is repeated.
    """
    tables = Lake(lake)
    lineage = DerivedDays(tables, online_histories(store, tables), through=date.max)
    changed = lineage.stale() if _is_filled(store, tables, lineage.records) else lineage.days
    if not changed:
        return 0
    due = [day for day in lineage.days if day >= changed[0]]
    lineage.drop_records(due)
    windows = list(batch_days(tables, USER_HISTORY, due, max_rows=ROWS_AT_ONCE))
    for window in progress(windows, what="materialize", unit="window") if len(windows) > 1 else windows:
        store.materialize(
            to_datetime(end_of(window[0])),
            to_datetime(end_of(window[-1])),
            feature_views=[view_name(USER_HISTORY)],
        )
    lineage.record_built(due)
    return len(due)


def _is_filled(store: FeatureStore, lake: Lake, noted: Mapping[date, LineageRecord]) -> bool:
    """Return whether the store still knows a user: somebody may have emptied it."""
    for day in reversed(_still_there(lake, noted)):
        for rows in lake.chunks(USER_HISTORY, since=day, through=day, columns=["user_id"]):
            if rows.num_rows:
                return bool(read_history(store, rows["user_id"][0].as_py()).object_ids)
    return False


def _still_there(lake: Lake, noted: Iterable[date]) -> list[date]:
    return sorted(set(lake.days(USER_HISTORY)) & set(noted))
