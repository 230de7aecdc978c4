"""Kubeflow component: report what an experiment has shown so far."""

from typing import NamedTuple

from kfp.dsl import HTML, Metrics, Output

from components.step import step


@step
def report_experiment(
    lake: str, day: str, experiment: dict, report: Output[HTML], metrics: Output[Metrics]
) -> NamedTuple("Outputs", [("users", int), ("verdict", str)]):
    """Join exposures to later orders and compare the variants by the primary metric and six more.

    The same result is written as JSON to `experiments/<name>/<day>.json` in the lake.

    Args:
        lake: Root of the lake that holds the clean exposures and events.
        day: The UTC day that the run is about, an ISO date.
        experiment: Settings of `airloom.experiments.readout.AnalysisSettings`.
        report: One HTML file with the verdict, effects, plots and checks.
        metrics: Users, sample ratio p-value, and the primary metric's effect with its interval.

    Returns:
        users: Users who were exposed to exactly one variant.
        verdict: better, worse, no difference shown, not enough data, or invalid: sample ratio mismatch.
    """
    from airloom.experiments.readout import AnalysisSettings
    from airloom.logs.lake import Lake
    from airloom.logs.run_day import parse_day
    from airloom.settings import parse
    from components.report_experiment.publishing import publish

    settings = parse(AnalysisSettings, experiment)
    analysis, numbers = publish(Lake(lake), settings, parse_day(day), report.path)
    for name, value in numbers.items():
        metrics.log_metric(name, value)
    users = analysis.outcomes.users.num_rows
    return NamedTuple("Outputs", [("users", int), ("verdict", str)])(users, analysis.verdict)
