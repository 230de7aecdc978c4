"""What single models achieved, kept as soon as it is known: a run that was killed goes on from there."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

import airloom
from airloom.bench.protocol import Contest
from airloom.bench.workshop import ModelSettings
from airloom.files import write_text
from airloom.settings import as_dict
from airloom.statistics.sequences import Sequences


class Verdict(NamedTuple):
    """What one model with one seed achieved.

    Attributes:
        name: Of the model.
        seed: Its seed.
        ranks: int64 [cases], the places of the targets.
        full: int64 [n], the same among all products; None with a later seed.
        seconds_training: What it takes to make it, shared parts included.
        seconds_ranking: What it took to rank all cases.
        memory_mb: The most memory that its process held meanwhile.
    """

    name: str
    seed: int
    ranks: NDArray[np.int64]
    full: NDArray[np.int64] | None
    seconds_training: float
    seconds_ranking: float
    memory_mb: float


class Verdicts:
    """A folder with a file for each verdict of one run; a run of other code, data or settings has another.

    Args:
        folder: Below it.
        run: Names everything that the verdicts depend on, see `run_digest`.
    """

    def __init__(self, folder: Path, run: str) -> None:
        self.folder = folder / run

    def find(self, name: str, seed: int) -> Verdict | None:
        """What `keep` wrote; None if it did not, or if the file cannot be read."""
        try:
            stored: dict[str, Any] = json.loads(self._file(name, seed).read_text(encoding="utf-8"))
            ranks, full = stored.pop("ranks"), stored.pop("full")
            return Verdict(
                ranks=np.array(ranks, np.int64),
                full=None if full is None else np.array(full, np.int64),
                **stored,
            )
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def keep(self, verdict: Verdict) -> None:
        """Write it, whole or not at all."""
        ranks = verdict.ranks.tolist()
        full = None if verdict.full is None else verdict.full.tolist()
        text = json.dumps(verdict._replace(ranks=ranks, full=full)._asdict())
        write_text(self._file(verdict.name, verdict.seed), text + "\n")

    def _file(self, name: str, seed: int) -> Path:
        return self.folder / f"{name}-{seed}.json"


def run_digest(training: Sequences, found: Contest, full: NDArray[np.int64], settings: ModelSettings) -> str:
    """A name for everything that verdicts depend on besides titles and intents: code, data, settings.

    Args:
        training: All training events.
        found: What is ranked.
        full: Which cases are ranked among all products too.
        settings: Of the models.
    """
    digest = hashlib.sha256(json.dumps([as_dict(settings), found.digest, torch.__version__]).encode())
    for column in (*training, full):
        digest.update(np.ascontiguousarray(column).tobytes())
    for case in found.cases:
        for values in (case.history.objects, case.history.actions, case.history.timestamps):
            digest.update(np.ascontiguousarray(values).tobytes())
        digest.update(str(case.now).encode())
    package = Path(airloom.__file__).parent
    for file in sorted(package.rglob("*.py")):
        digest.update(str(file.relative_to(package)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]
