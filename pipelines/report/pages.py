"""Gathers the pages that pipeline runs made into one folder, to be opened and moved together."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from airloom.files import whole_folder, write_text
from airloom.html_report.report import Section, render_report
from pipelines.compile import COMPILED
from pipelines.local import PipelineRun
from pipelines.report.graph import svg, tasks_of


class Report(NamedTuple):
    """A page of the report folder: what the index calls it, where it lies below the folder, what it shows."""

    name: str
    href: str
    note: str


ARTIFACTS = (
    (
        "validate-logs",
        "data_docs",
        Report("validation", "validation/index.html", "Great Expectations Data Docs"),
    ),
    (
        "build-features",
        "browser",
        Report("intents", "intents.html", "Search an object, see what the reasoner wrote down"),
    ),
    (
        "monitor-drift",
        "report",
        Report("drift", "drift.html", "Evidently: events, intents, features, scores"),
    ),
    ("report-experiment", "report", Report("experiment", "experiment.html", "The A/B report")),
    ("evaluate-ranker", "report", Report("training", "training.html", "The ranker against its baselines")),
)
"""Which artifact of which step becomes which page."""


def gather(folder: Path, runs: Sequence[PipelineRun]) -> list[Report]:
    """Copy the pages of `runs` into `folder` and draw the pipelines' graphs; later runs win."""
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, Report] = {}
    for run in runs:
        for step, artifact, report in ARTIFACTS:
            source = run.steps[step].artifacts.get(artifact) if step in run.steps else None
            if source is not None and source.exists():
                _copy(source, folder / report.href)
                found[report.name] = report
    graphs = [
        Section(file.stem, svg(tasks_of(file), title=file.stem)) for file in sorted(COMPILED.glob("*.yaml"))
    ]
    summary = "What runs in which order, drawn from the compiled pipelines that a cluster would run."
    write_text(
        folder / "pipelines.html", render_report(title="The pipelines", summary=summary, sections=graphs)
    )
    return [*found.values(), Report("pipelines", "pipelines.html", "The graphs of both pipelines")]


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        with whole_folder(target.parent) as temporary:
            shutil.copytree(source, temporary, dirs_exist_ok=True)
    else:
        write_text(target, source.read_text(encoding="utf-8"))
