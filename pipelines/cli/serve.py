"""`airloom serve`: the ranking service over the lake and the registry of a local run."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_HOME, HomeOption
from pipelines.home import Home


def serve(
    home: HomeOption = DEFAULT_HOME,
    port: Annotated[int, typer.Option("--port", help="Port on the loopback address.")] = 3000,
) -> None:
    """Serve rankings over HTTP until Ctrl-C: POST /v1/rank and /v1/events, /docs.json, /metrics, /livez...

    Example: airloom serve --port 3000, then: curl -s localhost:3000/v1/rank
    -H 'content-type: application/json' -d '{"user_id": "u0000001", "k": 3}'
    """
    chosen = Home.at(home)
    arguments = [*chosen.service_arguments(), "--port", str(port)]
    os.execv(sys.executable, [sys.executable, "-m", "model_service", *arguments])  # noqa: S606 - our own module
