"""Stages that are done once: an interrupted run resumes where it stopped, a damaged one starts again."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from airloom.errors import AirloomError
from airloom.files import write_text
from airloom.lineage.changes import Change, ChangeKind, changes
from airloom.lineage.records import LineageRecord
from airloom.settings import as_dict, parse

PACKAGES: Final = ("airloom", "components", "feature_repo", "model_service", "pipelines")


@dataclass(frozen=True)
class StageRecord:
    """A stage that was done.

    Attributes:
        name: Of the stage.
        made_from: The code and the settings.
        result: What it returned.
        seconds: What it took.
        files: The files that it left, below the home.
    """

    name: str
    made_from: LineageRecord
    result: Mapping[str, Any]
    seconds: float
    files: list[str]


class Stages:
    """Runs stages in order and remembers them in `<home>/demo/stages`, one JSON file a stage.

    What was done counts only as a whole: if the settings or the code changed, or a file that some stage
    made is gone, every stage runs again. A later stage builds on what an earlier one left, so nothing less
    would give the same result as an undisturbed run.

    Args:
        home: The folder below which all stages write.
        settings: What the stages depend on, by their whole keys.
    """

    def __init__(self, home: Path, *, settings: Mapping[str, Any]) -> None:
        self._home, self._folder = home, home / "demo" / "stages"
        self._made_from = LineageRecord(version=1, inputs={"code": code_digest()}, settings=settings)
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
        """Return the result of stage `name`: of `work()` now, or of the run that the record is about.

        Args:
            name: Shown to the user; unique within the demo.
            work: Does the stage and returns a JSON-able result.
            makes: The files that the stage leaves behind and that nothing else could make again.
        """
        self._count += 1
        record = self._done.get(name)
        if record is not None:
            print(f"[{self._count}] {name}: kept, it took {record.seconds:.0f} s", file=sys.stderr)
        else:
            print(f"[{self._count}] {name}", file=sys.stderr)
            started = time.monotonic()
            result = work()
            files = sorted(str(path.relative_to(self._home)) for path in makes())
            seconds = round(time.monotonic() - started, 1)
            record = StageRecord(name, self._made_from, result, seconds, files)
            text = json.dumps(as_dict(record), indent=1, sort_keys=True)
            write_text(self._folder / f"{self._count:02d}-{name.replace(' ', '-')}.json", text)
        self.seconds[name] = record.seconds
        return dict(record.result)

    def _intact_records(self) -> dict[str, StageRecord]:
        """Return the records by stage; none, and none is kept, if one of them no longer holds."""
        records = {path: _read(path) for path in sorted(self._folder.glob("*.json"))}
        differences = [change for record in records.values() for change in self._changes(record)]
        if not differences:
            return {record.name: record for record in records.values() if record is not None}
        print(f"Everything runs again: {differences[0].sentence()}", file=sys.stderr)
        for path in records:
            path.unlink()
        return {}

    def _changes(self, record: StageRecord | None) -> list[Change]:
        if record is None:
            return [Change(ChangeKind.RECORD, "a stage")]
        missing = (name for name in record.files if not (self._home / name).exists())
        gone = [Change(ChangeKind.OUTPUT, name, before="written") for name in missing]
        return gone + changes(record.made_from, self._made_from, {}, output="the demo")


def _read(path: Path) -> StageRecord | None:
    """Return the record in a file; None if it cannot be read."""
    try:
        return parse(StageRecord, json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, AttributeError, AirloomError):
        return None


def code_digest() -> str:
    """Return a digest of Airloom's own files, source and data: a changed line runs all stages again."""
    root = Path(__file__).parents[2]
    digest = hashlib.sha256()
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(root)).encode() + file.read_bytes())
    return digest.hexdigest()
