"""Collects the reports of pipeline runs in one folder, to be opened and moved together."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from airloom.files import atomic_dir, write_text
from airloom.html_report.report import Section, render_report
from pipelines.compile import COMPILED
from pipelines.local import PipelineRun
from pipelines.report.pipeline_graph import draw_steps, read_steps


class ReportLink(NamedTuple):
    """A report in the folder.

    Attributes:
        name: What the index calls it.
        href: Its path below the folder.
        note: What it shows.
    """

    name: str
    href: str
    note: str


class ReportArtifact(NamedTuple):
    """An output of a step that becomes a report."""

    step: str
    artifact: str
    report: ReportLink


ARTIFACTS: Final = (
    ReportArtifact(
        "validate-logs",
        "data_docs",
        ReportLink("validation", "validation/index.html", "Great Expectations Data Docs"),
    ),
    ReportArtifact(
        "build-features",
        "browser",
        ReportLink("intents", "intents.html", "Intents of each object, coverage, merged labels"),
    ),
    ReportArtifact(
        "monitor-drift",
        "report",
        ReportLink("drift", "drift.html", "Evidently: events, intents, features, scores"),
    ),
    ReportArtifact(
        "report-experiment", "report", ReportLink("experiment", "experiment.html", "The A/B report")
    ),
    ReportArtifact(
        "evaluate-ranker",
        "report",
        ReportLink("training", "training.html", "The ranker against its baselines"),
    ),
)


def collect_reports(folder: Path, runs: Sequence[PipelineRun]) -> list[ReportLink]:
    """Copy the reports of `runs` into `folder` and draw the pipelines' graphs; later runs win."""
    folder.mkdir(parents=True, exist_ok=True)
    reports: dict[str, ReportLink] = {}
    for run in runs:
        for step, artifact, report in ARTIFACTS:
            source = run.steps[step].artifacts.get(artifact) if step in run.steps else None
            if source is not None and source.exists():
                _copy(source, folder / report.href)
                reports[report.name] = report
    graphs = [
        Section(file.stem, draw_steps(read_steps(file), title=file.stem))
        for file in sorted(COMPILED.glob("*.yaml"))
    ]
    summary = "The steps in the order they run, drawn from the compiled pipelines that a cluster would run."
    html = render_report(title="The pipelines", summary=summary, sections=graphs)
    write_text(folder / "pipelines.html", html)
    return [*reports.values(), ReportLink("pipelines", "pipelines.html", "The graphs of both pipelines")]


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        with atomic_dir(target.parent) as temporary:
            shutil.copytree(source, temporary, dirs_exist_ok=True)
    else:
        write_text(target, source.read_text(encoding="utf-8"))
