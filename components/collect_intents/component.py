"""Kubeflow component: the shards' work added up, and proof that no atom is left without an answer."""

from typing import NamedTuple

from kfp.dsl import Metrics, Output

from components.step import step


@step
def collect_intents(lake: str, day: str, asked: list, metrics: Output[Metrics]) -> NamedTuple(
    "Collected", [("atoms", int), ("asked", int), ("cached", int), ("paths", int)]
):
    """Wait for all shards and check that the intent store now answers every atom.

    Args:
        lake: Root of the lake: a path or a URI.
        day: The UTC day that the run is about, an ISO date.
        asked: By shard, the number of atoms that the reasoner read.
        metrics: The returned figures; `with_paths`: answers that have a path; `unreadable`: atoms with
            titles that the encoder could not read.

    Returns:
        atoms: Atoms known at the end of the day.
        asked: Atoms that a reasoner read in this run.
        cached: Atoms that had an answer before.
        paths: Paths in the store's answers to the atoms.
    """
    from airloom.intents.distill import coverage
    from airloom.logs.lake import Lake
    from airloom.logs.run_day import parse_day

    covered = coverage(Lake(lake), day=parse_day(day))
    read = sum(int(count) for count in asked)
    figures = (covered.atoms, read, covered.atoms - read, covered.paths)
    for name, value in zip(("atoms", "asked", "cached", "paths"), figures, strict=True):
        metrics.log_metric(name, value)
    metrics.log_metric("unreadable", sum(covered.unreadable.values()))
    for reason, count in covered.unreadable.items():
        print(f"{count} atoms have no guess: {reason}")
    metrics.log_metric("with_paths", covered.with_paths)
    return figures
