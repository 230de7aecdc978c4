"""One day's drift, from the lake to the workspace and the report."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from airloom.files import write_text
from airloom.logs.lake import Lake
from components.monitor_drift.columns import read_columns
from components.monitor_drift.comparison import Comparison, compare
from components.monitor_drift.report import drift_report
from components.monitor_drift.settings import DriftSettings
from components.monitor_drift.workspace import store_snapshot


def run_drift(lake: Lake, day: date, settings: DriftSettings, workspace: Path, report: Path) -> Comparison:
    """Compare `day` with its reference; store the snapshot in the workspace and write the report."""
    columns = read_columns(lake, day, settings)
    comparison = compare(columns, settings, day)
    if comparison.snapshot is not None:
        store_snapshot(comparison.snapshot, workspace, day)
    write_text(report, drift_report(comparison, columns, settings, day))
    return comparison
