"""Kubeflow component: compare a day with the days before it."""

from kfp.dsl import HTML, Metrics, Output

from components.step import step


# One unnamed output: the local runner resolves no named one in a condition.
@step
def monitor_drift(
    lake: str, day: str, workspace: str, settings: dict, report: Output[HTML], metrics: Output[Metrics]
) -> bool:
    """Compare a day's events, intents, features, scores and knowledge cards with those before, by Evidently.

    Args:
        lake: Root of the lake that holds clean logs and feature tables.
        day: The UTC day that the run is about, an ISO date.
        workspace: Folder of the Evidently workspace; open it with `evidently ui --workspace`.
        settings: Settings of `components.monitor_drift.settings.DriftSettings`; empty for the defaults.
        report: One HTML file: what drifted, how far, and Evidently's own report inside.
        metrics: `checked` columns with enough values on both sides, how many of them `drifted`, and the
            distance of each.

    Returns:
        The alarm: whether so many columns drifted that the ranker should be trained again.
    """
    from airloom.logs.run_day import parse_day
    from airloom.telemetry import switch_off

    switch_off()
    from pathlib import Path

    from airloom.logs.lake import Lake
    from airloom.settings import parse
    from components.monitor_drift.run_drift import run_drift
    from components.monitor_drift.settings import DriftSettings

    drift_settings = parse(DriftSettings, settings)
    comparison = run_drift(Lake(lake), parse_day(day), drift_settings, Path(workspace), Path(report.path))
    metrics.log_metric("checked", len(comparison.columns))
    metrics.log_metric("drifted", comparison.drifted)
    for column in comparison.columns:
        metrics.log_metric(column.name, column.distance)
    return comparison.alarm(drift_settings)
