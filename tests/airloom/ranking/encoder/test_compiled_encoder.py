from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from airloom.ranking.encoder.compiled_encoder import CompiledEncoder
from airloom.ranking.encoder.network import EncoderNetwork, EventBatch
from airloom.ranking.history import UserHistory
from airloom.ranking.settings import EncoderSettings
from tests.airloom.ranking.small_shop import TEXT

SETTINGS = EncoderSettings(width=16, heads=4, max_events=70)
OBJECTS = 30


def network(settings: EncoderSettings = SETTINGS) -> EncoderNetwork:
    """As if trained: nothing is zero or one that training would change."""
    torch.manual_seed(1)
    made = EncoderNetwork(settings, objects=5, nodes=3, text_dimensions=TEXT).eval()
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return made


def history(seed: int, events: int, *, seconds: int) -> UserHistory:
    rng = np.random.default_rng(seed)
    return UserHistory(
        rng.integers(OBJECTS, size=events).astype(np.int32),
        rng.integers(5, size=events).astype(np.int8),
        np.sort(rng.integers(seconds, size=events)),
    )


def by_torch(network: EncoderNetwork, vectors: np.ndarray, history: UserHistory) -> np.ndarray:
    newest = history.newest(network.settings.max_events)
    events = EventBatch(
        torch.from_numpy(vectors[newest.objects])[None],
        torch.from_numpy(newest.actions.astype(np.int64))[None],
        torch.from_numpy(newest.timestamps)[None],
        torch.zeros(1, len(newest.objects), dtype=torch.bool),
    )
    with torch.inference_mode():
        return network(events, last_only=True)[0, 0].numpy()


@pytest.mark.parametrize(
    "settings", [SETTINGS, replace(SETTINGS, ensemble_members=1, heads=1), EncoderSettings()]
)
@pytest.mark.parametrize("events", [1, 2, 9, 69, 70, 200])
@pytest.mark.parametrize("seconds", [1, 100, 10**5, 10**8])
def test_it_says_what_the_trained_network_says(settings: EncoderSettings, events: int, seconds: int) -> None:
    torch_network = network(settings)
    vectors = np.random.default_rng(0).normal(size=(OBJECTS, torch_network.width)).astype(np.float32)
    past = history(events, events, seconds=seconds)
    state = CompiledEncoder(torch_network).state(vectors, past)
    np.testing.assert_allclose(state, by_torch(torch_network, vectors, past), rtol=1e-4, atol=1e-5)
