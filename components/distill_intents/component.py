"""Kubeflow component: the missing intents of one shard."""

from typing import NamedTuple

from kfp.dsl import Metrics, Output

from components.step import step


@step
def distill_intents(
    lake: str, day: str, settings: dict, shard: int, shards: int, metrics: Output[Metrics]
) -> NamedTuple("Distilled", [("asked", int), ("cached", int), ("paths", int)]):
    """Ask a reasoner for the atoms of one shard that have no answer, and append its answers to the store.

    Killed at any moment it loses the replies in flight; run again it asks only for what is missing. If the
    budget is spent or the server does not answer, the fallback reads the rest and the next run asks again.

    Args:
        lake: Root of the lake: a path or a URI.
        day: The UTC day that the run is about, an ISO date.
        settings: Fields of `airloom.intents.settings.DistillSettings`.
        shard: Number of this shard, below `shards`.
        shards: Into how many parts the atoms are divided.
        metrics: Atoms asked, repaired, rejected, empty, left, read by the fallback; calls, tokens, cost.

    Returns:
        asked: Atoms that the reasoner read.
        cached: Atoms of the shard that had an answer before.
        paths: Paths answered.
    """
    from airloom.intents.distill import distill
    from airloom.intents.settings import DistillSettings
    from airloom.logs.lake import Lake
    from airloom.logs.run_day import parse_day
    from airloom.settings import parse

    done = distill(
        Lake(lake),
        day=parse_day(day),
        settings=parse(DistillSettings, settings),
        shard=int(shard),
        shards=int(shards),
    )
    figures = done._asdict()
    print(figures.pop("stopped") or "the reasoner was asked about every atom", figures.pop("warning"))
    for name, value in figures.items():
        metrics.log_metric(name, value)
    return done.asked, done.cached, done.paths
