"""Kubeflow component: which shards of the atoms have something to ask."""

from components.step import step


# list[int], not list: the items of an untyped list are strings to Kubeflow, and the loop wants integers.
# One unnamed output: the local runner's ParallelFor finds no items in a named one.
@step
def plan_intents(lake: str, day: str, settings: dict, shards: int) -> list[int]:
    """Count the atoms that the reasoner would be asked about, before anything is spent.

    Args:
        lake: Root of the lake: a path or a URI.
        day: The UTC day that the run is about, an ISO date.
        settings: Fields of `airloom.intents.settings.DistillSettings`.
        shards: Into how many parts the atoms are divided.

    Returns:
        Numbers of the shards that have something to ask; shard 0 when none has, so that the loop over them
        is never empty.
    """
    from airloom.intents.plan import plan
    from airloom.intents.settings import DistillSettings
    from airloom.logs.lake import Lake
    from airloom.logs.run_day import parse_day
    from airloom.settings import parse

    chosen = parse(DistillSettings, settings)
    planned = plan(Lake(lake), day=parse_day(day), settings=chosen, shards=shards)
    print(f"{planned.atoms:,} atoms, {planned.missing:,} to ask, by shard {planned.shards}, {planned.cost}")
    return list(planned.shards) or [0]
