"""The Evidently workspace that `evidently ui --workspace` opens: one snapshot a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

PROJECT = "airloom"


def keep(snapshot: Any, folder: Path, day: date) -> None:
    """Put the snapshot of `day` into the workspace, in place of an earlier one of the same day."""
    from evidently.ui.workspace import Workspace

    workspace = Workspace.create(str(folder))
    found = workspace.search_project(PROJECT)
    project = found[0] if found else workspace.create_project(PROJECT, "Drift of events, intents and scores")
    for run in workspace.list_runs(project.id):
        if workspace.get_run(project.id, run).metadata.get("day") == day.isoformat():
            workspace.delete_run(project.id, run)
    workspace.add_run(project.id, snapshot)
