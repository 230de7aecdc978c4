"""Where Feast finds the lake tables behind the feature views."""

from __future__ import annotations

from feast import FileSource

from airloom.logs.contract import Table
from airloom.logs.lake import Lake
from feature_repo.tables import EVENT_TIMESTAMP, view_name


def source(table: Table, lake: str) -> FileSource:
    """Return all days of `table` as one Feast source."""
    return FileSource(
        name=view_name(table),
        path=Lake(lake).uri(table.name, "*", "*.parquet"),
        timestamp_field=EVENT_TIMESTAMP,
    )
