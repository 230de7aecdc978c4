"""Trains and evaluates models in several processes at once; the results do not depend on their number."""

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

from airloom.bench.eval_cases import EvalCases, full_ranks, sampled_ranks
from airloom.bench.model_factory import ModelFactory, ModelSettings
from airloom.bench.models import ModelSpec
from airloom.bench.peak_memory import peak_mb, reset_peak
from airloom.bench.result_cache import ResultCache, SeedResult
from airloom.bench.text_arms import ArmTexts
from airloom.bench.training_data import TrainingData
from airloom.child_processes import end_with_parent
from airloom.progress import progress, silence

THREADS: Final = 1
"""Threads of torch and other libraries in each process: more of them would give other last digits."""


class TrainingGroup(NamedTuple):
    """Models with one seed that share towers, which are trained once for them.

    Attributes:
        seed: Of everything.
        specs: The models, in the order of the tables.
    """

    seed: int
    specs: tuple[ModelSpec, ...]


class BenchTask(NamedTuple):
    """What is the same for every group.

    Attributes:
        training_data: What models learn from.
        settings: Of all models.
        eval_cases: What they must rank.
        full_rows: int64 [n], cases that are ranked among all products too, with the first seed.
        cache: Where every result is written as soon as it is there.
        arm_texts: What models read whose tower of texts does not read titles; None without such models.
    """

    training_data: TrainingData
    settings: ModelSettings
    eval_cases: EvalCases
    full_rows: NDArray[np.int64]
    cache: ResultCache
    arm_texts: ArmTexts | None = None


def training_groups(
    specs: Sequence[ModelSpec], *, seeds: int, is_done: Callable[[str, int], bool] = lambda *_: False
) -> list[TrainingGroup]:
    """Return all that is to be trained: trained models before counted ones, large groups first.

    Args:
        specs: All models.
        seeds: Trainings of each model that depends on chance.
        is_done: Whether a model, by its name, needs no more training with a seed.
    """
    groups = []
    for seed in range(seeds):
        by_towers: dict[str, list[ModelSpec]] = {}
        for spec in specs:
            if (spec.seeded or seed == 0) and not is_done(spec.name, seed):
                by_towers.setdefault(spec.towers, []).append(spec)
        groups += [TrainingGroup(seed, tuple(sharing)) for sharing in by_towers.values()]
    return sorted(groups, key=lambda group: (not group.specs[0].seeded, -len(group.specs)))


def run_groups(task: BenchTask, groups: Sequence[TrainingGroup], *, jobs: int) -> Iterator[SeedResult]:
    """Yield the results of all groups, in any order, with a progress bar.

    Args:
        task: What is the same for all of them.
        groups: From `training_groups`.
        jobs: Processes; with one, this process does everything itself.
    """
    if jobs == 1 or len(groups) < 2:
        for group in groups:
            yield from _run_group(task, group)
        return
    # a fresh interpreter for each: torch may not be used on both sides of a fork
    with ProcessPoolExecutor(jobs, get_context("spawn"), _start_worker, (task,)) as pool:
        futures = [pool.submit(_run_in_worker, group) for group in groups]
        try:
            for future in progress(as_completed(futures), what="models", total=len(futures), unit="groups"):
                yield from future.result()
        finally:  # after a failure what has not begun would only delay the news
            pool.shutdown(cancel_futures=True)


_task: BenchTask | None = None
"""What this worker process works on; set once when it starts."""


def _start_worker(task: BenchTask) -> None:
    global _task  # noqa: PLW0603 - how a process pool hands something to all its work
    _task = task
    end_with_parent()
    silence()  # the parent shows the progress


def _run_in_worker(group: TrainingGroup) -> list[SeedResult]:
    assert _task is not None  # noqa: S101 - `_start_worker` ran
    return _run_group(_task, group)


def _run_group(task: BenchTask, group: TrainingGroup) -> list[SeedResult]:
    torch.set_num_threads(THREADS)
    factory = ModelFactory(task.training_data, task.settings, task.arm_texts)
    with threadpool_limits(THREADS):  # of the other libraries: scikit-learn takes every core
        return [_train_and_evaluate(task, factory, spec, group.seed) for spec in group.specs]


def _train_and_evaluate(task: BenchTask, factory: ModelFactory, spec: ModelSpec, seed: int) -> SeedResult:
    reset_peak()
    started, shared_seconds = perf_counter(), factory.shared_seconds
    ranker = spec.make(factory, seed)
    trained, shared_by_training = perf_counter(), factory.shared_seconds - shared_seconds
    cases = task.eval_cases
    if spec.inferred:
        examples = factory.with_behaviors(cases.examples, spec.inferred, seed, serving=True)
        cases = cases._replace(examples=examples)
    ranks = sampled_ranks(ranker, cases, title=f"{spec.name}, seed {seed + 1}")
    evaluated = perf_counter()
    full = full_ranks(ranker, cases, task.full_rows) if seed == 0 else None
    result = SeedResult(
        spec.name,
        seed,
        ranks,
        full,
        seconds_training=trained - started + shared_by_training,
        seconds_ranking=evaluated - trained,
        memory_mb=peak_mb(),
    )
    task.cache.put(result)
    return result
