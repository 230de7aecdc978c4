"""Training and judging models in several processes at once; what they find does not depend on how many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from time import perf_counter
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

from airloom.bench.material import Material
from airloom.bench.memory import forget_peak, peak_mb
from airloom.bench.models import Competitor
from airloom.bench.protocol import Contest, full_ranks, sampled_ranks
from airloom.bench.verdicts import Verdict, Verdicts
from airloom.bench.workshop import ModelSettings, Workshop
from airloom.progress import progress, silence

THREADS: Final = 1
"""Threads of torch and other libraries in each process: more of them would give other last digits."""


class Turn(NamedTuple):
    """Models with one seed that share an encoder, which is trained once for them.

    Attributes:
        seed: Of everything.
        competitors: The models, in the order of the tables.
    """

    seed: int
    competitors: tuple[Competitor, ...]


class Task(NamedTuple):
    """What is the same in every turn.

    Attributes:
        material: What models learn from.
        settings: Of all models.
        contest: What they must rank.
        full: int64 [n], cases that are ranked among all products too, with the first seed.
        kept: Where every verdict is written as soon as it is known.
    """

    material: Material
    settings: ModelSettings
    contest: Contest
    full: NDArray[np.int64]
    kept: Verdicts


def turns(
    competitors: Sequence[Competitor], *, seeds: int, done: Callable[[str, int], bool] = lambda *_: False
) -> list[Turn]:
    """All there is to do, what is trained before what is only counted, and long turns first.

    Args:
        competitors: All models.
        seeds: Trainings of each in which chance has a part.
        done: Whether a model, by its name, needs no more training with a seed.
    """
    found = []
    for seed in range(seeds):
        sharing: dict[str, list[Competitor]] = {}
        for competitor in competitors:
            if (competitor.seeded or seed == 0) and not done(competitor.name, seed):
                sharing.setdefault(competitor.encoder, []).append(competitor)
        found += [Turn(seed, tuple(some)) for some in sharing.values()]
    return sorted(found, key=lambda turn: (not turn.competitors[0].seeded, -len(turn.competitors)))


def verdicts(task: Task, work: Sequence[Turn], *, jobs: int) -> Iterator[Verdict]:
    """Do all turns, in any order, with a bar that counts them.

    Args:
        task: What is the same in all of them.
        work: From `turns`.
        jobs: Processes; with one, this process does everything itself.
    """
    if jobs == 1 or len(work) < 2:
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
        return [_verdict(task, workshop, competitor, turn.seed) for competitor in turn.competitors]


def _verdict(task: Task, workshop: Workshop, competitor: Competitor, seed: int) -> Verdict:
    forget_peak()
    began, spared = perf_counter(), workshop.spared
    ranker = competitor.make(workshop, seed)
    made = perf_counter()
    ranks = sampled_ranks(ranker, task.contest, what=f"{competitor.name}, seed {seed + 1}")
    judged = perf_counter()
    full = full_ranks(ranker, task.contest, task.full) if seed == 0 else None
    verdict = Verdict(
        competitor.name,
        seed,
        ranks,
        full,
        seconds_training=made - began + workshop.spared - spared,
        seconds_ranking=judged - made,
        memory_mb=peak_mb(),
    )
    task.kept.keep(verdict)
    return verdict
