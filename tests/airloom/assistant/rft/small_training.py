"""A training of the tiny model on requests of the small catalogue, which takes seconds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from airloom.assistant.rft.item_vectors import vectors_of_graph
from airloom.assistant.rft.judge import ReplyJudge
from airloom.assistant.rft.sampled_requests import sample_requests
from airloom.assistant.rft.settings import (
    FineTuningSettings,
    LoraSettings,
    ReinforcementSettings,
    RewardSettings,
    WarmUpSettings,
)
from tests.airloom.assistant.small_catalogue import GRAPH, SNAPSHOT

SETTINGS: Final = FineTuningSettings(
    max_tokens=16,
    lora=LoraSettings(rank=4, alpha=8),
    warm_up=WarmUpSettings(epochs=1, learning_rate=1e-2, batch_size=4),
    reinforcement=ReinforcementSettings(epochs=2, group_size=2, requests_per_step=2, learning_rate=1e-2),
)
REQUESTS: Final = sample_requests(GRAPH, SNAPSHOT.products, count=6, seed=1)
JUDGE: Final = ReplyJudge(
    GRAPH, vectors_of_graph(SNAPSHOT.attributes, len(SNAPSHOT.objects.ids)), RewardSettings()
)


def settings_of(*, epochs: int, warm_up: int = 1) -> FineTuningSettings:
    """The settings with other numbers of epochs."""
    return replace(
        SETTINGS,
        warm_up=replace(SETTINGS.warm_up, epochs=warm_up),
        reinforcement=replace(SETTINGS.reinforcement, epochs=epochs),
    )


def weights_of(folder: Path) -> bytes:
    """The updates of the last checkpoint."""
    [checkpoint] = folder.glob("epoch-*")
    return (checkpoint / "adapter.safetensors").read_bytes()
