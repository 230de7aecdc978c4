"""The index of the local reports: headline numbers, plots, and links to every report."""

from __future__ import annotations

import json
from collections.abc import Sequence

from airloom.errors import AirloomError
from airloom.experiments.results import Headline
from airloom.files import write_text
from airloom.html_report.blocks import Card, cards, code, links, table
from airloom.html_report.numbers import format_percent
from airloom.html_report.report import Section, render_report
from pipelines.home import Home
from pipelines.local import PipelineRun, past_run
from pipelines.report.collect import INDEX, ReportLink, collect_reports, write_report
from pipelines.report.demo_summary import DemoSummary, read_demo_summary
from pipelines.report.explained_rankings import explained_rankings_report
from pipelines.report.plots import intents_plot, lift_plot, models_plot

SAMPLES = "samples.json"
NO_ESTIMATE = "no estimate yet"


def write_index(home: Home) -> dict[str, str]:
    """Write every report of `home` from its latest runs, and from the demo's summary where there is one.

    Returns:
        Report name to path; `index` is the report that links the others.

    Raises:
        AirloomError: Nothing has run yet.
    """
    runs = past_runs(home)
    if not runs:
        raise AirloomError(
            f"No pipeline has finished in {home.root}", do="Run: airloom demo, or airloom run daily"
        )
    reports = collect_reports(home.report, runs)
    reports.append(_write_model_report(home, runs))
    samples = home.root / "demo" / SAMPLES
    if samples.exists():
        responses = json.loads(samples.read_text(encoding="utf-8"))
        explained = ReportLink("explained", "explained.html", "Some rankings with their reasons")
        write_report(home.report, explained, explained_rankings_report(responses))
        reports.append(explained)
    index = _index(home, reports, runs, read_demo_summary(home.summary))
    write_text(home.report / INDEX, index)
    paths = {report.name: str(home.report / report.href) for report in reports}
    return paths | {"index": str(home.report / INDEX)}


def past_runs(home: Home) -> list[PipelineRun]:
    """Return every run that succeeded, by pipeline and day."""
    folders = sorted((home.root / "runs").glob("*/*"))
    return [run for folder in folders if (run := past_run(folder)) is not None]


def _index(
    home: Home, reports: Sequence[ReportLink], runs: Sequence[PipelineRun], summary: DemoSummary | None
) -> str:
    durations = table(
        ["pipeline", "day", "seconds"], [(run.name, run.log.parent.name, run.seconds) for run in runs]
    )
    commands = (
        f"evidently ui --workspace {home.drift_workspace}\nmlflow ui --backend-store-uri {home.mlflow_uri}"
    )
    return render_report(
        title="Airloom",
        summary=_sentence(summary.headline) if summary else "All reports of the latest runs in this folder.",
        sections=[
            *(_results(summary) if summary else ()),
            Section("Reports", links(reports)),
            Section("Runs", durations),
            Section("Open Evidently and MLflow", code(commands)),
        ],
    )


def _sentence(headline: Headline) -> str:
    if headline.lift is None:
        return f"The experiment has {NO_ESTIMATE}: {headline.verdict}."
    low, high = (format_percent(value, signed=True) for value in headline.lift.ci)
    sentence = (
        f"{headline.metric.label}, {headline.treatment} vs {headline.control}: "
        f"{format_percent(headline.lift.relative, signed=True)} "
        f"({headline.confidence:.0%} interval {low} to {high})"
    )
    if headline.true_lift is None:
        return f"{sentence}."
    return (
        f"{sentence}; the true effect in the simulation is {format_percent(headline.true_lift, signed=True)}."
    )


def _results(summary: DemoSummary) -> list[Section]:
    intents, model, serving, headline = summary.intents, summary.model, summary.serving, summary.headline
    lift, label = headline.lift, headline.metric.label
    change = NO_ESTIMATE if lift is None else format_percent(lift.relative, signed=True)
    item_cf = model.baselines["item_cf"].hr10
    figures = cards(
        [
            Card(label, change, headline.verdict),
            Card("HR@10", f"{model.hr10:.3f}", f"item-CF {item_cf:.3f}"),
            Card(
                "p99 latency",
                f"{serving.p99_ms:.1f} ms",
                f"{serving.requests:,} requests, {serving.errors} errors",
            ),
            Card(
                "LLM calls online",
                "0",
                f"{intents.atoms:,} atoms answered offline, {intents.unreadable:,} of them unreadable",
            ),
        ]
    )
    return [
        Section("Results", figures),
        *([] if lift is None else [Section(f"A/B test: {label}", lift_plot(headline, lift))]),
        Section("Offline test: how often the bought product was in the top 10", models_plot(model)),
        Section("Quality of the intents", intents_plot(intents.by_reasoner)),
    ]


def _write_model_report(home: Home, runs: Sequence[PipelineRun]) -> ReportLink:
    """Write a report about the registered model that says where its MLflow run is."""
    registered = [run for run in runs if "register-model" in run.steps]
    rows: list[tuple[str, object]] = [("tracking store", home.mlflow_uri)]
    if registered:
        steps = registered[-1].steps
        rows += [
            ("registered version", steps["register-model"].parameters["version"]),
            ("alias", "champion"),
            ("MLflow run", steps["train-ranker"].parameters["run_id"]),
            ("gate", steps["gate-ranker"].artifacts["verdict"].read_text(encoding="utf-8")),
        ]
    html = render_report(
        title="Registered model",
        summary="MLflow has the parameters, loss curves, metrics and the model card of the run named here.",
        sections=[
            Section("The model", table(["what", "value"], rows)),
            Section("Open MLflow", code(f"mlflow ui --backend-store-uri {home.mlflow_uri}")),
        ],
    )
    report = ReportLink("mlflow", "mlflow.html", "The registered model and its MLflow run")
    write_report(home.report, report, html)
    return report
