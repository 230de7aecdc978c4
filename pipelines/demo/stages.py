"""Stages that are done once: an interrupted run goes on where it stopped, a damaged one starts afresh."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from airloom.files import write_text

PACKAGES = ("airloom", "components", "feature_repo", "model_service", "pipelines")


class Stages:
    """Runs stages in order and remembers them in `folder`, one JSON file a stage.

    What was done counts only as a whole: if the settings or the code changed, or a file that some stage
    made is gone, every stage runs again. A later stage builds on what an earlier one left, so nothing less
    would give the same result as an undisturbed run.

    Args:
        folder: Where the records lie.
        settings: What the stages depend on.
    """

    def __init__(self, folder: Path, *, settings: str) -> None:
        self._folder = folder
        self._key = hashlib.sha256(f"{settings}\n{code_digest()}".encode()).hexdigest()[:16]
        self._done = self._intact_records()
        self._count = 0
        self.seconds: dict[str, float] = {}

    @property
    def afresh(self) -> bool:
        """Whether no stage can be reused."""
        return not self._done

    def run(
        self, name: str, work: Callable[[], dict[str, Any]], *, makes: Callable[[], Iterable[Path]]
    ) -> dict[str, Any]:
        """The result of stage `name`: of `work()` now, or of the run that the record tells about.

        Args:
            name: Shown to the user; unique within the demo.
            work: Does the stage and returns a JSON-able result.
            makes: The files that the stage leaves behind and that nothing else could make again.
        """
        self._count += 1
        record = self._done.get(name)
        if record is not None:
            print(f"[{self._count}] {name}: kept, it took {record['seconds']:.0f} s", file=sys.stderr)
        else:
            print(f"[{self._count}] {name}", file=sys.stderr)
            started = time.monotonic()
            result = work()
            record = {
                "name": name,
                "key": self._key,
                "result": result,
                "seconds": round(time.monotonic() - started, 1),
                "makes": sorted(str(path) for path in makes()),
            }
            text = json.dumps(record, indent=1, sort_keys=True)
            write_text(self._folder / f"{self._count:02d}-{name.replace(' ', '-')}.json", text)
        self.seconds[name] = record["seconds"]
        return dict(record["result"])

    def _intact_records(self) -> dict[str, dict[str, Any]]:
        records = {path: _read(path) for path in sorted(self._folder.glob("*.json"))}
        intact = all(
            record.get("key") == self._key and all(Path(made).exists() for made in record["makes"])
            for record in records.values()
        )
        if intact:
            return {record["name"]: record for record in records.values()}
        for path in records:
            path.unlink()
        return {}


def _read(path: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return record


def code_digest() -> str:
    """A hash of Airloom's own source and data files, so that a changed line makes old results stale."""
    root = Path(__file__).parents[2]
    digest = hashlib.sha256()
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(root)).encode() + file.read_bytes())
    return digest.hexdigest()
