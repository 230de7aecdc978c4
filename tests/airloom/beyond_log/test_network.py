from __future__ import annotations

import numpy as np
import torch

from airloom.beyond_log.generator import BehaviorGenerator
from airloom.beyond_log.masked_sequences import EventRows
from airloom.beyond_log.network import TokenTensors
from airloom.ranking.history import ACTION_CODE
from tests.airloom.ranking.small_shop import SmallShop


def states(
    generator: BehaviorGenerator, shop: SmallShop, events: EventRows, hidden: np.ndarray
) -> np.ndarray:
    tokens = generator.space.tokens(shop.snapshot)
    network = generator.network
    vectors = network.token_vectors(TokenTensors.of(tokens))
    masked = np.repeat(hidden[:, :, None], network.columns, axis=2)
    sequences = events.masked(tokens.codes, masked, blanks=network.settings.blanks)
    with torch.inference_mode():
        return network(sequences, vectors).numpy()


def test_what_is_masked_cannot_be_seen(generator: BehaviorGenerator, shop: SmallShop) -> None:
    history = shop.history(1, events=8)
    events = EventRows.of_histories([history], max_events=10, blanks=2)
    other = EventRows(*(column.copy() for column in events))
    other.objects[0, 5], other.objects[0, 11] = 7, 9
    is_commerce = events.actions[0, 5] >= ACTION_CODE["click"]
    other.actions[0, 5] = ACTION_CODE["order"] if is_commerce else ACTION_CODE["like"]
    events.objects[0, 11] = 3
    hidden = np.zeros((1, 12), np.bool_)
    hidden[0, [5, 10, 11]] = True
    assert np.array_equal(states(generator, shop, events, hidden), states(generator, shop, other, hidden))
    seen = np.zeros((1, 12), np.bool_)
    assert not np.allclose(states(generator, shop, events, seen), states(generator, shop, other, seen))


def test_padding_changes_nothing(generator: BehaviorGenerator, shop: SmallShop) -> None:
    history = shop.history(2, events=4)
    events = EventRows.of_histories([history], max_events=10, blanks=2)
    other = EventRows(*(column.copy() for column in events))
    other.timestamps[0, 0], other.actions[0, 0] = 77, 2
    nothing = np.zeros((1, 12), np.bool_)
    assert np.array_equal(
        states(generator, shop, events, nothing)[0, 6:], states(generator, shop, other, nothing)[0, 6:]
    )
