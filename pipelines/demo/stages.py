"""Stages that are done once: one runs again only if its inputs, the code or its results changed."""

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

    A stage's key is the hash of everything before it: the settings, the code and the keys of the stages
    before. So a stage that must run again makes all later ones run again.

    Args:
        folder: Where the records lie.
        settings: What the first stage depends on.
    """

    def __init__(self, folder: Path, *, settings: str) -> None:
        self._folder = folder
        self._key = _hash(settings, code_digest())
        self._count = 0
        self.seconds: dict[str, float] = {}
        self.reused: list[str] = []

    def run(
        self, name: str, work: Callable[[], dict[str, Any]], *, makes: Callable[[], Iterable[Path]]
    ) -> dict[str, Any]:
        """The result of stage `name`: of `work()` now, or of the run that the record tells about.

        Args:
            name: Shown to the user; unique within the demo.
            work: Does the stage and returns a JSON-able result.
            makes: The files that the stage leaves behind; if one of them is gone, the stage runs again.
        """
        self._count += 1
        self._key = _hash(self._key, name)
        record_path = self._folder / f"{self._count:02d}-{name.replace(' ', '-')}.json"
        record = self._reusable(record_path)
        if record is not None:
            print(f"[{self._count}] {name}: reused ({record['seconds']:.0f} s when it ran)", file=sys.stderr)
            self.reused.append(name)
        else:
            print(f"[{self._count}] {name}", file=sys.stderr)
            self._forget_from(self._count)
            started = time.monotonic()
            result = work()
            record = {
                "key": self._key,
                "result": result,
                "seconds": round(time.monotonic() - started, 1),
                "makes": sorted(str(path) for path in makes()),
            }
            write_text(record_path, json.dumps(record, indent=1, sort_keys=True))
        self.seconds[name] = record["seconds"]
        return dict(record["result"])

    def _reusable(self, path: Path) -> dict[str, Any] | None:
        try:
            record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        same = record["key"] == self._key and all(Path(made).exists() for made in record["makes"])
        return record if same else None

    def _forget_from(self, count: int) -> None:
        for path in self._folder.glob("*.json"):
            if int(path.name[:2]) >= count:
                path.unlink()


def code_digest() -> str:
    """A hash of Airloom's own source and data files, so that a changed line makes old results stale."""
    root = Path(__file__).parents[2]
    digest = hashlib.sha256()
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(root)).encode() + file.read_bytes())
    return digest.hexdigest()


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
