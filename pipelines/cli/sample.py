"""`airloom sample`: a tiny lake of valid logs, to look at and to try commands on."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_HOME, HomeOption
from pipelines.home import Home


def sample(
    home: HomeOption = DEFAULT_HOME,
    users: Annotated[int, typer.Option(min=1, max=100_000, help="Simulated shoppers.")] = 50,
    days: Annotated[int, typer.Option(min=1, max=365, help="Days of logs, from 2026-03-02.")] = 7,
) -> None:
    """Land the logs of a few simulated shoppers: what valid files look like, and something to try runs on.

    Example: airloom sample --home sample --users 50
    """
    from airloom.logs.lake import Lake
    from airloom.simulation.history import deliver_history
    from airloom.simulation.settings import WorldSettings
    from airloom.simulation.world import World
    from pipelines.home_lock import locked

    target = Home.at(home)
    source = f"a sample of {users} users and {days} days"
    with locked(target, command="airloom sample"):
        target.check_source(source)
        world = World(WorldSettings(shoppers=users, history_days=days, served_days=0))
        deliver_history(world, Lake(target.lake))
        target.note_source(source)
    print(f"Landed {source} in {target.lake / 'landing'}. Next: airloom run daily --home {home}")
