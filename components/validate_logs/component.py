"""Kubeflow component: validate the logs that landed."""

from typing import NamedTuple

from kfp.dsl import Artifact, Metrics, Output

from components.step import step


@step
def validate_logs(
    lake: str, day: str, rules: dict, data_docs: Output[Artifact], metrics: Output[Metrics]
) -> NamedTuple("Outputs", [("rows", int), ("quarantined", int), ("withdrawn", list)]):
    """Turn the landed logs up to a day into clean tables; bad rows go to quarantine, too many stop the run.

    Days whose inputs and rules did not change are not validated again.

    Args:
        lake: Root of the lake in which the logs landed.
        day: The UTC day that the run is about, an ISO date.
        rules: Settings of `airloom.logs.rules.LogRules`; empty for the defaults.
        data_docs: The report of what Great Expectations checked, also written when the run stops.
        metrics: Landed and quarantined rows by table, and how many days of tables were checked.

    Returns:
        rows: Rows delivered up to and including the day, over all tables.
        quarantined: Rows of these in quarantine.
        withdrawn: The days that are no longer landed, and whose rows were removed: a text for each table.
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
    for table, count in outcome.landed.items():
        metrics.log_metric(f"{table}_landed", count)
        metrics.log_metric(f"{table}_quarantined", outcome.quarantined[table])
    metrics.log_metric("validated_table_days", outcome.validated)
    rows, quarantined = sum(outcome.landed.values()), sum(outcome.quarantined.values())
    return NamedTuple("Outputs", [("rows", int), ("quarantined", int), ("withdrawn", list)])(
        rows, quarantined, withdrawn_text(outcome.withdrawn)
    )
