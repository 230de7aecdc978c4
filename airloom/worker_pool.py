"""Processes that work side by side: when one fails, the others are not waited for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from typing import TypeVar

from airloom.child_processes import end_with_parent

Result = TypeVar("Result")


@contextmanager
def worker_pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of fresh interpreters, because torch may not be used on both sides of a fork.

    If the block fails, what runs is ended and what waits is cancelled. Meanwhile nothing else in this process
    may start processes by `multiprocessing`: they would be ended too.
    """
    others = active_children()
    with ProcessPoolExecutor(processes, get_context("spawn"), end_with_parent) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in active_children():
                if worker not in others:
                    worker.terminate()
            raise


def results(futures: Sequence[Future[Result]]) -> list[Result]:
    """Return all results in the order of `futures`; raise the first failure at once, whichever fails."""
    for future in as_completed(futures):
        future.result()
    return [future.result() for future in futures]
