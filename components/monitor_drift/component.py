"""Kubeflow component: compare a day with the days before it."""

from typing import NamedTuple

from kfp import dsl
from kfp.dsl import HTML, Metrics, Output

from components.image import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def monitor_drift(
    lake: str, day: str, workspace: str, settings: dict, report: Output[HTML], metrics: Output[Metrics]
) -> NamedTuple("Outputs", [("checked", int), ("drifted", int), ("alarm", bool)]):
    """Compares a day's events, intents, features and scores with the days before it, with Evidently.

    Args:
        lake: Root of the lake that holds clean logs and feature tables.
        day: ISO date of the day to judge.
        workspace: Folder of the Evidently workspace; open it with `evidently ui --workspace`.
        settings: Settings of `components.monitor_drift.settings.DriftSettings`; empty for the defaults.
        report: One HTML page: what drifted, how far, and Evidently's own report inside.
        metrics: Distance of every checked column.

    Returns:
        checked: Columns with enough values on both sides.
        drifted: Those of them whose distance reaches its threshold.
        alarm: Whether so many drifted that the ranker should be trained anew.
    """
    from airloom.telemetry import switch_off

    switch_off()
    from datetime import date
    from pathlib import Path

    from airloom.logs.lake import Lake
    from airloom.settings import parse
    from components.monitor_drift.settings import DriftSettings
    from components.monitor_drift.watch import watch

    judged = parse(DriftSettings, settings)
    found = watch(Lake(lake), date.fromisoformat(day), judged, Path(workspace), Path(report.path))
    for finding in found.findings:
        metrics.log_metric(finding.column, finding.score)
    return NamedTuple("Outputs", [("checked", int), ("drifted", int), ("alarm", bool)])(
        len(found.findings), found.drifted, found.alarm(judged)
    )
