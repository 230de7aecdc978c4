"""The Evidently workspace that `evidently ui --workspace` opens: one snapshot per day."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any, Final

from airloom.files import atomic_file

PROJECT: Final = "airloom"
_SNAPSHOTS: Final = "*/snapshots/*.json"


def store_snapshot(snapshot: Any, folder: Path, day: date) -> None:
    """Store the snapshot of `day` into the workspace, in place of an earlier one of the same day."""
    from evidently.ui.workspace import Workspace

    _remove_damaged(folder)
    workspace = Workspace.create(str(folder))
    projects = workspace.search_project(PROJECT)
    project = (
        projects[0] if projects else workspace.create_project(PROJECT, "Drift of events, intents, scores")
    )
    earlier = [
        run
        for run in workspace.list_runs(project.id)
        if workspace.get_run(project.id, run).metadata.get("day") == day.isoformat()
    ]
    _add(snapshot, folder, str(project.id))
    for run in earlier:
        workspace.delete_run(project.id, run)


def _add(snapshot: Any, folder: Path, project: str) -> None:
    """Let Evidently write a copy, and move the file: it writes in place and opens no damaged workspace."""
    from evidently.ui.workspace import Workspace

    with tempfile.TemporaryDirectory() as draft:
        shutil.copytree(folder / project, Path(draft, project), ignore=shutil.ignore_patterns("snapshots"))
        Workspace(draft).add_run(project, snapshot)
        for file in Path(draft).glob(_SNAPSHOTS):
            with atomic_file(folder / file.relative_to(draft)) as temporary:
                shutil.copyfile(file, temporary)


def _remove_damaged(folder: Path) -> None:
    """Remove snapshots that an earlier release left half written when it was killed."""
    for file in folder.glob(_SNAPSHOTS):
        try:
            json.loads(file.read_bytes())
        except ValueError:
            print(f"{file} was only half written and is removed", file=sys.stderr)
            file.unlink()
