"""`airloom init`: a home for your own logs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.home import Home


def init(
    home: Annotated[Path, typer.Argument(help="The folder to make; files that are there are left alone.")],
) -> None:
    """Make a home for your own logs: commented settings, an experiment, a converter and a README.

    Example: airloom init shop
    """
    from pipelines.new_home import make_home

    target = Home.at(home)
    for name, written in make_home(target).items():
        print(f"{'wrote' if written else 'kept '} {target.root / name}")
    print(f"Next: read {target.root / 'README.md'}")
