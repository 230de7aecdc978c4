"""Results of single models, stored as soon as they are there: a run that was killed continues from them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

import airloom
from airloom.bench.eval_cases import EvalCases
from airloom.bench.model_factory import ModelSettings
from airloom.files import write_text
from airloom.settings import as_dict
from airloom.statistics.sequences import Sequences


class SeedResult(NamedTuple):
    """The result of one model with one seed.

    Attributes:
        name: Of the model.
        seed: Its seed.
        ranks: int64 [cases], the rank of each target among its candidates, from 1.
        full: int64 [n], ranks among all products of the domain; None with a later seed.
        seconds_training: What it takes to train the model, shared parts included.
        seconds_ranking: What it took to rank all cases.
        memory_mb: The peak memory of its process.
    """

    name: str
    seed: int
    ranks: NDArray[np.int64]
    full: NDArray[np.int64] | None
    seconds_training: float
    seconds_ranking: float
    memory_mb: float


class ResultCache:
    """A folder with a file for each result of one run; a run of other code, data or settings has another.

    Args:
        folder: Where the runs have their folders.
        run: Names everything that the results depend on, see `run_digest`.
    """

    def __init__(self, folder: Path, run: str) -> None:
        self.folder = folder / run

    def get(self, name: str, seed: int) -> SeedResult | None:
        """Return what `put` wrote; None if there is nothing, or if the file cannot be read."""
        try:
            stored: dict[str, Any] = json.loads(self._file(name, seed).read_text(encoding="utf-8"))
            ranks, full = stored.pop("ranks"), stored.pop("full")
            return SeedResult(
                ranks=np.array(ranks, np.int64),
                full=None if full is None else np.array(full, np.int64),
                **stored,
            )
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def put(self, result: SeedResult) -> None:
        """Write a result atomically."""
        full = None if result.full is None else result.full.tolist()
        values = result._asdict() | {"ranks": result.ranks.tolist(), "full": full}
        write_text(self._file(result.name, result.seed), json.dumps(values) + "\n")

    def _file(self, name: str, seed: int) -> Path:
        return self.folder / f"{name}-{seed}.json"


def run_digest(
    training: Sequences, cases: EvalCases, full_rows: NDArray[np.int64], settings: ModelSettings
) -> str:
    """Return a digest of all that results depend on besides titles and intents: code, data, settings.

    Args:
        training: All training events.
        cases: What is ranked.
        full_rows: int64 [n], the cases that are ranked among all products too.
        settings: Of the models.
    """
    digest = hashlib.sha256(json.dumps([as_dict(settings), cases.digest, torch.__version__]).encode())
    for column in (*training, full_rows):
        digest.update(np.ascontiguousarray(column).tobytes())
    for example in cases.examples:
        history = example.history
        for values in (history.objects, history.actions, history.timestamps):
            digest.update(np.ascontiguousarray(values).tobytes())
        digest.update(str(example.now).encode())
    package = Path(airloom.__file__).parent
    for file in sorted(package.rglob("*.py")):
        digest.update(str(file.relative_to(package)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]
