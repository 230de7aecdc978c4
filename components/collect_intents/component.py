"""Kubeflow component: the shards' work added up, and proof that no atom is left without an answer."""

from typing import NamedTuple

from kfp import dsl
from kfp.dsl import Metrics, Output

from components.image import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def collect_intents(lake: str, day: str, asked: list, metrics: Output[Metrics]) -> NamedTuple(
    "Collected", [("atoms", int), ("asked", int), ("cached", int), ("paths", int)]
):
    """Waits for all shards and checks that the intent store now answers every atom.

    Args:
        lake: Root of the lake: a path or a URI.
        day: The last closed UTC day, an ISO date; empty means yesterday.
        asked: By shard, the number of atoms that the reasoner read.
        metrics: The returned figures.

    Returns:
        atoms: Atoms known at the end of the day.
        asked: Atoms that a reasoner read in this run.
        cached: Atoms that had an answer before.
        paths: Paths in the store's answers to the atoms.
    """
    from airloom.intents.distill import coverage
    from airloom.logs.closed_day import closed_day
    from airloom.logs.lake import Lake

    covered = coverage(Lake(lake), day=closed_day(day))
    read = sum(int(count) for count in asked)
    figures = (covered.atoms, read, covered.atoms - read, covered.paths)
    for name, value in zip(("atoms", "asked", "cached", "paths"), figures, strict=True):
        metrics.log_metric(name, value)
    return figures
