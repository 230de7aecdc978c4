"""The demo with a small language model on this machine: it reads the videos without a recorded answer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from airloom.intents.settings import DistillSettings
from airloom.llm.settings import OpenAISettings
from pipelines.recipes import Recipe

PORT: Final = 8643
"""Always the same: a setting that changed would make the demo run all its stages again."""
TIMEOUT_S: Final = 900.0
MAX_TOKENS: Final = 256


def with_local_llm(recipe: Recipe, *, model: str) -> Recipe:
    """Return the recipe with a local model as its reasoner; the encoder reads what it says nothing about.

    Args:
        recipe: Of the demo.
        model: Name of the model; with an empty one the recipe stays as it is.
    """
    if not model:
        return recipe
    server = OpenAISettings(
        base_url=f"http://127.0.0.1:{PORT}/v1",
        model=model,
        structured="llguidance",
        concurrency=1,
        timeout_s=TIMEOUT_S,
        max_tokens=MAX_TOKENS,
    )
    return replace(
        recipe,
        distillation=DistillSettings("openai", skip="any", empty_replies="unanswered", openai=server),
    )


@contextmanager
def serving_locally(model: str) -> Iterator[None]:
    """Serve a local model in this process at `PORT`, as long as the block runs.

    Raises:
        AirloomError: There is no such model, its file cannot be had, or the port is taken.
    """
    from airloom.llm.local.model_file import model_file
    from airloom.llm.local.models import model_named
    from airloom.llm.local.server import start

    chosen = model_named(model)
    server = start(model_file(chosen), name=chosen.name, port=PORT, threads=os.cpu_count() or 1)
    try:
        yield
    finally:
        del server
