"""The index of the local reports: what the latest runs found, and links to every report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from airloom.errors import AirloomError
from airloom.experiments.results import read_headline
from airloom.files import write_text
from airloom.html_report.blocks import Card, cards, code, links
from airloom.html_report.numbers import format_percent
from airloom.html_report.report import Section, render_report
from airloom.logs.currency import shop_currency
from airloom.logs.lake import Lake
from pipelines.home import Home
from pipelines.local import PipelineRun
from pipelines.report.assistant_page import record_assistant_page
from pipelines.report.collect import INDEX, ReportLink, collect_reports, write_report
from pipelines.report.daily_facts import DRIFT, read_daily_facts
from pipelines.report.demo_summary import DemoSummary, ReasonFigures, read_demo_summary
from pipelines.report.explained_rankings import explained_rankings_report
from pipelines.report.log_quality import log_sections
from pipelines.report.model_section import model_section
from pipelines.report.next_step import next_step
from pipelines.report.past_runs import latest, past_runs, unfinished_runs
from pipelines.report.plots import intents_plot
from pipelines.report.ranking_quality import ranking_quality
from pipelines.report.run_table import run_section
from pipelines.report.training_facts import read_trainings
from pipelines.report.user_pages import user_pages
from pipelines.report.verdict import read_experiment, verdict_section, verdict_sentence

SAMPLES = "samples.json"


def write_index(home: Home) -> dict[str, str]:
    """Write every report of `home` from its latest runs, and from the demo's summary where there is one.

    Returns:
        Report name to path; `index` is the report that links the others.

    Raises:
        AirloomError: Nothing has run yet.
    """
    runs = past_runs(home)
    if not runs and not unfinished_runs(home):
        raise AirloomError(
            f"No pipeline has run in {home.root}", do="Run: airloom demo, or airloom run daily"
        )
    reports = collect_reports(home.report, runs)
    summary = read_demo_summary(home.summary)
    samples = home.root / "demo" / SAMPLES
    if samples.exists():
        responses = json.loads(samples.read_text(encoding="utf-8"))
        explained = ReportLink("explained", "explained.html", "Some rankings with their reasons")
        reasons = summary.reasons if summary else {}
        write_report(
            home.report,
            explained,
            explained_rankings_report(responses, reasons, currency=shop_currency(Lake(home.lake))),
        )
        reports.append(explained)
    assistant = record_assistant_page(home, runs)
    if assistant is not None:
        reports.append(assistant)
    write_text(home.report / INDEX, _index(home, reports, runs, summary))
    paths = {report.name: str(home.report / report.href) for report in reports}
    return paths | {"index": str(home.report / INDEX)}


def _index(
    home: Home, reports: Sequence[ReportLink], runs: Sequence[PipelineRun], summary: DemoSummary | None
) -> str:
    daily, trainings = latest(runs, DRIFT), read_trainings(runs)
    # a demo's summary stays as it was; every later run writes its own results
    experiment = read_experiment(home) or (summary.experiment if summary else None)
    commands = (
        f"evidently ui --workspace {home.drift_workspace}\nmlflow ui --backend-store-uri {home.mlflow_uri}"
    )
    return render_report(
        title="Airloom",
        summary=_summary(experiment, home),
        sections=[
            verdict_section(experiment, home),
            ranking_quality(trainings, home),
            user_pages(home),
            *log_sections(None if daily is None else read_daily_facts(daily), home),
            *(_simulation(summary) if summary else ()),
            model_section(trainings),
            Section("All reports", links(reports)),
            run_section(runs, unfinished_runs(home), home),
            Section("Open Evidently and MLflow", code(commands)),
        ],
    )


def _summary(experiment: Mapping[str, Any] | None, home: Home) -> str:
    verdict = "" if experiment is None else f"{verdict_sentence(read_headline(experiment))} "
    return f"{verdict}Next: {next_step(home)}."


def _simulation(summary: DemoSummary) -> list[Section]:
    """Return what only a demo knows: the latency of its pages, and how right the intents are."""
    intents, serving = summary.intents, summary.serving
    figures = cards(
        [
            Card(
                "p99 latency",
                f"{serving.p99_ms:.1f} ms",
                f"{serving.requests:,} requests, {serving.errors} errors",
            ),
            *_reasons_card(summary.reasons),
            Card(
                "LLM calls online",
                "0",
                f"{intents.atoms:,} atoms answered offline, {intents.unreadable:,} of them unreadable",
            ),
        ]
    )
    return [
        Section("Serving", figures),
        Section("Quality of the intents, against the simulation's truth", intents_plot(intents.by_reasoner)),
    ]


def _reasons_card(reasons: Mapping[str, ReasonFigures]) -> list[Card]:
    """Return a card about each variant whose reasons have intent chains."""
    return [
        Card(
            "True reasons",
            format_percent(figures.true_chains),
            f"{variant}: {format_percent(figures.with_chain)} of {figures.products:,} products have a chain",
        )
        for variant, figures in reasons.items()
        if figures.true_chains is not None
    ]
