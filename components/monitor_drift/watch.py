"""One day's drift, from the lake to the workspace and the page."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from airloom.files import write_text
from airloom.logs.lake import Lake
from components.monitor_drift.columns import read_columns
from components.monitor_drift.comparison import Comparison, compare
from components.monitor_drift.page import drift_page
from components.monitor_drift.settings import DriftSettings
from components.monitor_drift.workspace import keep


def watch(lake: Lake, day: date, settings: DriftSettings, workspace: Path, page: Path) -> Comparison:
    """Compare `day` with its reference; keep the snapshot in the workspace and write the page."""
    columns = read_columns(lake, day, settings)
    comparison = compare(columns, settings, day)
    if comparison.snapshot is not None:
        keep(comparison.snapshot, workspace, day)
    write_text(page, drift_page(comparison, columns, settings, day))
    return comparison
