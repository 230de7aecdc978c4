"""`airloom serve`: the ranking service over the lake and the registry of a local run."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Annotated, Final

import typer

from pipelines.cli.options import DEFAULT_HOME, ExperimentOption, HomeOption
from pipelines.home import Home

SWITCH: Final[Mapping[bool | None, str]] = {None: "", True: "on", False: "off"}
"""How the service's settings write a choice; nothing where there is none."""


def serve(
    home: HomeOption = DEFAULT_HOME,
    port: Annotated[int, typer.Option("--port", help="Port on the loopback address.")] = 3000,
    experiment: ExperimentOption = None,
    grpc: Annotated[
        str,
        typer.Option(
            "--grpc", metavar="HOST:PORT", help="Serve gRPC too; default: AIRLOOM_GRPC, else only HTTP."
        ),
    ] = "",
    tokens: Annotated[
        str,
        typer.Option(
            "--tokens",
            metavar="FILE",
            help="Bearer tokens that may ask, one a line; default: AIRLOOM_TOKENS, else everybody may.",
        ),
    ] = "",
    live_redis: Annotated[
        str,
        typer.Option(
            "--live-redis",
            metavar="URL",
            help="The Redis that keeps live events; default: AIRLOOM_LIVE_REDIS, else this process.",
        ),
    ] = "",
    assistant: Annotated[
        str,
        typer.Option(
            "--assistant",
            metavar="FILE",
            help="The language model that reads requests; default: AIRLOOM_ASSISTANT, else rules do.",
        ),
    ] = "",
    ask_page: Annotated[
        bool | None,
        typer.Option(
            "--ask-page/--no-ask-page",
            help="Show /ask, a page to try the assistant; default: AIRLOOM_ASK_PAGE, else it is shown.",
        ),
    ] = None,
    log_requests: Annotated[
        bool | None,
        typer.Option(
            "--log-requests/--no-log-requests",
            help="Log the words of requests, not who asked; default: AIRLOOM_LOG_REQUESTS, else off.",
        ),
    ] = None,
) -> None:
    """Serve rankings over HTTP until Ctrl-C: POST /v1/rank and /v1/events, a page at /ask, /docs.json...

    An option takes precedence over its environment variable, the variable over the file in --home. A home
    without an experiment gets experiment.yaml: half of the users get AIR, half item-CF.

    Example: airloom serve --port 3000, then: curl -s localhost:3000/v1/rank
    -H 'content-type: application/json' -d '{"user_id": "u0000001", "k": 3}'
    """
    from pipelines.experiment_file import AIR_AGAINST_ITEM_CF, experiment_file, keep_experiment
    from pipelines.moved_home import repoint_models

    chosen = Home.at(home)
    repoint_models(chosen)
    for variable in ("AIRLOOM_LAKE", "AIRLOOM_MLFLOW_URI"):
        if os.environ.get(variable):
            print(f"{variable} is not used: airloom serve serves --home, {chosen.root}", file=sys.stderr)
    file = experiment_file(chosen, experiment) or keep_experiment(chosen, AIR_AGAINST_ITEM_CF)
    given = {
        "--experiment": str(file),
        "--grpc": grpc,
        "--tokens": tokens,
        "--live-redis": live_redis,
        "--assistant": assistant,
        "--ask-page": SWITCH[ask_page],
        "--log-requests": SWITCH[log_requests],
    }
    os.environ.setdefault("AIRLOOM_ASK_PAGE", "on")
    options = [word for name, value in given.items() if value for word in (name, value)]
    arguments = [*chosen.service_arguments(), *options, "--port", str(port)]
    os.execv(sys.executable, [sys.executable, "-m", "model_service", *arguments])  # noqa: S606 - our own module
