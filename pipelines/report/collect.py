"""Collects the reports of pipeline runs in one folder, to be opened and moved together."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from os.path import relpath
from pathlib import Path
from typing import Final, NamedTuple

from airloom.files import write_text
from airloom.html_report.report import Section, link_to_index, render_report
from pipelines.compile import COMPILED
from pipelines.local import PipelineRun
from pipelines.report.pipeline_graph import draw_steps, read_steps

INDEX: Final = "index.html"


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
        ReportLink(
            "validation",
            "validation/index.html",
            "What Great Expectations said of the logs: days, rules, rows in quarantine",
        ),
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
    reports: dict[str, ReportLink] = {}
    for run in runs:
        for step, artifact, report in ARTIFACTS:
            source = run.steps[step].artifacts.get(artifact) if step in run.steps else None
            if source is not None and source.exists() and _collect(source, folder, report):
                reports[report.name] = report
    graphs = [
        Section(file.stem, draw_steps(read_steps(file), title=file.stem))
        for file in sorted(COMPILED.glob("*.yaml"))
    ]
    summary = "The steps in the order they run, drawn from the compiled pipelines that a cluster would run."
    html = render_report(title="The pipelines", summary=summary, sections=graphs)
    report = ReportLink("pipelines", "pipelines.html", "The graphs of both pipelines")
    write_report(folder, report, html)
    return [*reports.values(), report]


def write_report(folder: Path, report: ReportLink, html: str) -> None:
    """Write a report into the folder, with a link back to the index.

    Raises:
        ValueError: It is not a report of Airloom.
    """
    write_text(folder / report.href, link_to_index(html, relpath(INDEX, Path(report.href).parent)))


def _collect(source: Path, folder: Path, report: ReportLink) -> bool:
    """Copy an artifact, a page or a folder with one; False if it is none of this release."""
    page = source / INDEX if source.is_dir() else source
    try:
        write_report(folder, report, page.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        print(f"{page} is left out of the reports ({error})", file=sys.stderr)
        return False
    return True
