"""The runs that a home still holds, and those that did not end well."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pipelines.home import Home
from pipelines.local import LOG, PipelineRun, past_run


class UnfinishedRun(NamedTuple):
    """A run that failed, was stopped, or still runs."""

    name: str
    day: str
    log: Path


def past_runs(home: Home) -> list[PipelineRun]:
    """Return every run that succeeded, by pipeline and day."""
    return [run for folder in _folders(home) if (run := past_run(folder)) is not None]


def unfinished_runs(home: Home) -> list[UnfinishedRun]:
    """Return every run that left a log and did not succeed, by pipeline and day."""
    return [
        UnfinishedRun(folder.parent.name, folder.name, folder / LOG)
        for folder in _folders(home)
        if (folder / LOG).exists() and past_run(folder) is None
    ]


def having(runs: Sequence[PipelineRun], step: str) -> list[PipelineRun]:
    """Return the runs with a step, by day: a drift alarm trains within a daily run."""
    return sorted((run for run in runs if step in run.steps), key=lambda run: (run.day, run.name))


def latest(runs: Sequence[PipelineRun], step: str) -> PipelineRun | None:
    """Return the run of the latest day that has a step."""
    return next(reversed(having(runs, step)), None)


def _folders(home: Home) -> list[Path]:
    return sorted((home.root / "runs").glob("*/*"))
