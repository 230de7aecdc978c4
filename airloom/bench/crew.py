"""Training and judging models in several processes at once; what they find does not depend on how many."""

from __future__ import annotations

import resource
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from time import perf_counter
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

from airloom.bench.material import Material
from airloom.bench.models import COMPETITORS, Competitor, ModelSettings, Workshop
from airloom.bench.protocol import Contest, full_ranks, sampled_ranks
from airloom.progress import progress, silence

THREADS: Final = 1
"""Threads of torch and other libraries in each process: more of them would give other last digits."""


class Turn(NamedTuple):
    """Models with one seed that share an encoder, which is trained once for them.

    Attributes:
        seed: Of everything.
        names: Of the models, in the order of the tables.
    """

    seed: int
    names: tuple[str, ...]


class Task(NamedTuple):
    """What is the same in every turn.

    Attributes:
        material: What models learn from.
        settings: Of all models.
        contest: What they must rank.
        full: int64 [n], cases that are ranked among all products too, with the first seed.
    """

    material: Material
    settings: ModelSettings
    contest: Contest
    full: NDArray[np.int64]


class Verdict(NamedTuple):
    """What one model with one seed achieved.

    Attributes:
        name: Of the model.
        seed: Its seed.
        ranks: int64 [cases], the places of the targets.
        full: int64 [n], the same among all products; None with a later seed.
        seconds_training: What it takes to make it, shared parts included.
        seconds_ranking: What it took to rank all cases.
        memory_mb: The most memory that the process had used by then.
    """

    name: str
    seed: int
    ranks: NDArray[np.int64]
    full: NDArray[np.int64] | None
    seconds_training: float
    seconds_ranking: float
    memory_mb: float


def turns(competitors: Sequence[Competitor], *, seeds: int) -> list[Turn]:
    """All there is to do, the longest turns first."""
    found = []
    for seed in range(seeds):
        sharing: dict[str, list[str]] = {}
        for competitor in competitors:
            if competitor.seeded or seed == 0:
                sharing.setdefault(competitor.encoder, []).append(competitor.name)
        found += [Turn(seed, tuple(names)) for names in sharing.values()]
    return sorted(found, key=lambda turn: -len(turn.names))


def verdicts(task: Task, work: Sequence[Turn], *, jobs: int) -> Iterator[Verdict]:
    """Do all turns, in any order, with a bar that counts them.

    Args:
        task: What is the same in all of them.
        work: From `turns`.
        jobs: Processes; with one, this process does everything itself.
    """
    if jobs == 1:
        for turn in work:
            yield from _done(task, turn)
        return
    # a fresh interpreter for each: torch may not be used on both sides of a fork
    with ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (task,)) as pool:
        asked = [pool.submit(_do, turn) for turn in work]
        try:
            for future in progress(as_completed(asked), what="models", total=len(asked), unit="turns"):
                yield from future.result()
        finally:  # after a failure what has not begun would only delay the news
            pool.shutdown(cancel_futures=True)


_task: Task | None = None
"""What this process works on; set once when it starts."""


def _begin(task: Task) -> None:
    global _task  # noqa: PLW0603 - how a process pool hands something to all its work
    _task = task
    silence()  # the parent counts


def _do(turn: Turn) -> list[Verdict]:
    assert _task is not None  # noqa: S101 - `_begin` ran
    return _done(_task, turn)


def _done(task: Task, turn: Turn) -> list[Verdict]:
    torch.set_num_threads(THREADS)
    workshop = Workshop(task.material, task.settings)
    with threadpool_limits(THREADS):  # of the other libraries: scikit-learn takes every core
        return [_verdict(task, workshop, name, turn.seed) for name in turn.names]


def _verdict(task: Task, workshop: Workshop, name: str, seed: int) -> Verdict:
    made = COMPETITORS[name].make(workshop, seed)
    began = perf_counter()
    ranks = sampled_ranks(made.ranker, task.contest, what=f"{name}, seed {seed + 1}")
    seconds = perf_counter() - began
    full = full_ranks(made.ranker, task.contest, task.full) if seed == 0 else None
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Verdict(name, seed, ranks, full, made.seconds, seconds, memory)
