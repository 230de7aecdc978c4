"""`airloom snapshot`: which snapshots there are, and which one serves."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_HOME, HomeOption, LakeOption, lake_at
from pipelines.home import Home

app = typer.Typer(
    help="List the snapshots of the catalogue, and choose which one serves.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
def list_(home: HomeOption = DEFAULT_HOME, lake: LakeOption = "") -> None:
    """Print the stored snapshots, the newest first: digest, last day that it knows, and which one serves.

    Example: airloom snapshot list
    """
    from airloom.timestamps import last_day_before
    from components.build_snapshot.pointer import read_pointer, stored_snapshots
    from components.build_snapshot.publish import FOLDER

    folder = lake_at(lake, home).path(FOLDER)
    serving = read_pointer(folder)
    for stored in stored_snapshots(folder):
        mark = "  serves" if serving is not None and stored.digest == serving.digest else ""
        print(f"{stored.digest}  {last_day_before(stored.before)}{mark}")
    if serving is None:
        print("No snapshot serves. Build one with: airloom run daily")


@app.command()
def use(
    digest: Annotated[str, typer.Argument(help="Digest of a stored snapshot, or how it begins.")],
    home: HomeOption = DEFAULT_HOME,
    lake: LakeOption = "",
) -> None:
    """Let services load a stored snapshot: to go back to an older one, or to mend a wrong pointer.

    A running service takes it within seconds. The next daily run publishes its own again. While a run goes
    on in --home, it says so and does nothing.

    Example: airloom snapshot use 3f0a
    """
    from airloom.timestamps import last_day_before
    from components.build_snapshot.pointer import use_snapshot
    from components.build_snapshot.publish import FOLDER
    from pipelines.home_lock import locked

    own = Home.at(home)
    without_home = bool(lake) or not own.lake.is_dir()  # a lock would make its folders
    with nullcontext() if without_home else locked(own, command="airloom snapshot use"):
        chosen = use_snapshot(lake_at(lake, home).path(FOLDER), digest)
    print(f"{chosen.digest} serves now; the last day that it knows is {last_day_before(chosen.before)}")
