"""`airloom demo`: the whole loop on the sample world."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_HOME, HomeOption
from pipelines.home import Home


def demo(
    home: HomeOption = DEFAULT_HOME,
    shoppers: Annotated[int, typer.Option("--shoppers", min=100, help="Size of the sample world.")] = 3000,
    local_llm: Annotated[
        str,
        typer.Option(
            "--local-llm",
            help="A small language model that reads the videos without a recorded answer (airloom llm serve "
            "--help lists them); default: the encoder reads them.",
        ),
    ] = "",
) -> None:
    """Run the whole loop, from raw logs to an A/B report: simulate, run both pipelines, serve, buy, measure.

    After Ctrl-C the next run resumes. A second run reuses what did not change.

    Example: airloom demo --shoppers 3000
    """
    from pipelines.demo.local_llm import serving_locally
    from pipelines.demo.loop import run_demo
    from pipelines.home_lock import locked

    with (
        locked(Home.at(home), command="airloom demo"),
        serving_locally(local_llm) if local_llm else nullcontext(),
    ):
        run_demo(Home.at(home), shoppers=shoppers, local_llm=local_llm)
