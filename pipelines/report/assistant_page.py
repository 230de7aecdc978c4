"""The assistant's page among the reports: the service's own page, with answers that the service recorded."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from shlex import quote
from typing import Final

from airloom.child_processes import STARTED_BY
from pipelines.experiment_file import experiment_file
from pipelines.home import Home
from pipelines.local import PipelineRun
from pipelines.report.collect import INDEX, ReportLink
from pipelines.report.next_step import REGISTERED

SERVICE: Final = "http://127.0.0.1:3000"
"""Where `airloom serve` serves, unless it is told otherwise."""
PAGE: Final = ReportLink("assistant", "assistant.html", "Requests in words, with recorded answers to try")


def record_assistant_page(home: Home, runs: Sequence[PipelineRun]) -> ReportLink | None:
    """Let the service's own code answer example requests over a home; it may not be imported here.

    Returns:
        The page; None where nothing can be served yet, or it could not be written: then why is printed.
    """
    file = home.report / PAGE.href
    if not _is_servable(home, runs):
        file.unlink(missing_ok=True)  # of a snapshot that is no more
        return None
    experiment = experiment_file(home)
    options = {
        "--experiment": str(experiment or ""),
        "--output": str(file),
        "--service": SERVICE,
        "--start": f"airloom serve --home {quote(str(home.root))}",
        "--index": INDEX,
    }
    words = [word for name, value in options.items() if value for word in (name, value)]
    command = [sys.executable, "-m", "model_service.record_answers", *home.service_arguments(), *words]
    recorded = subprocess.run(  # noqa: S603 - our own module
        command,
        text=True,
        capture_output=True,
        check=False,
        env=os.environ | {STARTED_BY: str(os.getpid())},
    )
    if recorded.returncode == 0:
        return PAGE
    file.unlink(missing_ok=True)
    why = (recorded.stderr.strip().splitlines() or ["no reason was given"])[-1]
    print(f"The assistant's page is left out of the reports ({why})", file=sys.stderr)
    return None


def _is_servable(home: Home, runs: Sequence[PipelineRun]) -> bool:
    has_snapshot = (home.lake / "snapshots" / "current.json").exists()
    return has_snapshot and any(REGISTERED in run.steps for run in runs)
