"""Fills the online store with the user histories that changed since it was last filled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq
from feast import FeatureStore

from airloom.files import sha256_of, write_text
from airloom.logs.lake import Lake
from airloom.progress import progress
from airloom.timestamps import end_of, to_datetime
from feature_repo.online import read_user
from feature_repo.tables import USER_HISTORY, view_name

ROWS_AT_ONCE: Final = 50_000
"""Rows of the days that are materialised together; Feast takes all of them into memory as Python lists."""


def materialise(store: FeatureStore, *, lake: str) -> int:
    """Materialise `user_history` from the first changed day to the newest; returns the number of days.

    A sqlite store lets an older row overwrite a newer one, so days are taken in order and always up to the
    newest. What was materialised is noted beside the registry once it is done, so a killed run is repeated.
    """
    tables = Lake(lake)
    days = tables.days(USER_HISTORY)
    record = _record(store, tables)
    now = {str(day): _print(tables, day) for day in days}
    before = _read(record)
    if not _is_filled(store, tables, [day for day in days if str(day) in before]):
        before = {}
    changed = [day for day in days if before.get(str(day)) != now[str(day)]]
    if not changed:
        return 0
    due = [day for day in days if day >= changed[0]]
    windows = list(_windows(tables, due))
    for window in progress(windows, what="materialise", unit="window") if len(windows) > 1 else windows:
        store.materialize(
            to_datetime(end_of(window[0])),
            to_datetime(end_of(window[-1])),
            feature_views=[view_name(USER_HISTORY)],
        )
    write_text(record, json.dumps(now, indent=1, sort_keys=True))
    return len(due)


def _record(store: FeatureStore, lake: Lake) -> Path:
    """One note for each online store that the lake has filled."""
    online = hashlib.sha256(repr(store.config.online_store).encode()).hexdigest()[:8]
    return lake.path("feast", f"materialised-{store.config.project}-{online}.json")


def _read(record: Path) -> dict[str, str]:
    try:
        content: dict[str, str] = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content


def _is_filled(store: FeatureStore, lake: Lake, days: Sequence[date]) -> bool:
    """Whether the store still knows somebody: it may have been emptied behind our back."""
    for day in reversed(days):
        for rows in lake.chunks(USER_HISTORY, since=day, through=day, columns=["user_id"]):
            if rows.num_rows:
                return bool(read_user(store, rows["user_id"][0].as_py()).object_ids)
    return False


def _print(lake: Lake, day: date) -> str:
    return " ".join(sha256_of(Path(file)) for file in lake.files(USER_HISTORY, day))


def _windows(lake: Lake, days: Sequence[date]) -> Iterator[list[date]]:
    window: list[date] = []
    rows = 0
    for day in days:
        count = sum(pq.read_metadata(file).num_rows for file in lake.files(USER_HISTORY, day))
        if window and rows + count > ROWS_AT_ONCE:
            yield window
            window, rows = [], 0
        window.append(day)
        rows += count
    if window:
        yield window
