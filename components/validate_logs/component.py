"""Kubeflow component: validate the logs that landed."""

from typing import NamedTuple

from kfp.dsl import Artifact, Metrics, Output

from components.step import step


@step
def validate_logs(
    lake: str, day: str, rules: dict, data_docs: Output[Artifact], metrics: Output[Metrics]
) -> NamedTuple(
    "Outputs", [("rows", int), ("quarantined", int), ("withdrawn", list), ("missing_days", list)]
):
    """Turn the landed logs up to a day into clean tables; bad rows go to quarantine, too many stop the run.

    Days whose inputs and rules did not change are not validated again.

    Args:
        lake: Root of the lake in which the logs landed.
        day: The UTC day that the run is about, an ISO date.
        rules: Settings of `airloom.logs.rules.LogRules`; empty for the defaults.
        data_docs: The report of what Great Expectations checked, also written when the run stops.
        metrics: Landed and quarantined rows by table, and those that another row stands for; how many days of
            tables were checked, and how many were never delivered.

    Returns:
        rows: Rows delivered up to and including the day, over all tables.
        quarantined: Rows of these that broke a rule.
        withdrawn: The days that are no longer landed, and whose rows were removed: a text for each table.
        missing_days: Days in the middle of the log whose events were never delivered.
    """
    from airloom.logs.run_day import parse_day
    from airloom.telemetry import switch_off

    switch_off()
    from pathlib import Path

    from airloom.logs.lake import Lake
    from airloom.logs.rules import LogRules
    from airloom.settings import parse
    from components.validate_logs.validation import validate
    from components.validate_logs.withdrawn import withdrawn_text

    outcome = validate(
        Lake(lake), day=parse_day(day), rules=parse(LogRules, rules), docs=Path(data_docs.path)
    )
    for name, count in outcome.metrics().items():
        metrics.log_metric(name, count)
    return NamedTuple(
        "Outputs", [("rows", int), ("quarantined", int), ("withdrawn", list), ("missing_days", list)]
    )(
        sum(outcome.landed.values()),
        sum(outcome.quarantined.values()),
        withdrawn_text(outcome.withdrawn),
        [str(missing) for missing in outcome.missing_days],
    )
