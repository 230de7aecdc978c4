"""`airloom demo`: the whole loop on the sample world."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_HOME, HomeOption
from pipelines.home import Home


def demo(
    home: HomeOption = DEFAULT_HOME,
    shoppers: Annotated[int, typer.Option("--shoppers", min=100, help="Size of the sample world.")] = 3000,
) -> None:
    """Run the whole loop, from raw logs to an A/B report: simulate, run both pipelines, serve, buy, measure.

    After Ctrl-C the next run resumes. A second run reuses what did not change.

    Example: airloom demo --shoppers 3000
    """
    from pipelines.demo.loop import run_demo
    from pipelines.home_lock import locked

    with locked(Home.at(home), command="airloom demo"):
        run_demo(Home.at(home), shoppers=shoppers)
