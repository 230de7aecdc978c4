"""The section of the index about the runs: when, how long, how it ended, and the log of each."""

from __future__ import annotations

from collections.abc import Sequence
from os.path import relpath
from pathlib import Path

from airloom.html_report.blocks import link, prose, table
from airloom.html_report.numbers import format_duration
from airloom.html_report.report import Section
from pipelines.home import Home
from pipelines.local import PipelineRun
from pipelines.report.past_runs import UnfinishedRun


def run_section(runs: Sequence[PipelineRun], unfinished: Sequence[UnfinishedRun], home: Home) -> Section:
    """Return every run of the home, the latest day first."""
    ended = [(run.day, run.name, "succeeded", format_duration(run.seconds), run.log) for run in runs]
    stopped = [(run.day, run.name, "did not end well", None, run.log) for run in unfinished]
    rows = [
        [name, day, state, duration, link("log", _href(log, home))]
        for day, name, state, duration, log in sorted(
            [*ended, *stopped], reverse=True, key=lambda row: row[:2]
        )
    ]
    about = prose(
        "A run that did not end well was stopped, failed, or still runs; its log ends with what was wrong "
        "and what to do. Running it again goes on from there."
    )
    return Section(
        "Runs", table(["pipeline", "day", "state", "time", ""], rows) + (about if unfinished else "")
    )


def _href(log: Path, home: Home) -> str:
    """Return the log relative to the index, so that it is found where the home was moved, too."""
    return Path(relpath(log, home.report)).as_posix()
