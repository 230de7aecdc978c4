from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from airloom.errors import AirloomError
from airloom.ranking.encoder.encoder import SequenceEncoder
from airloom.ranking.encoder.item_features import item_features
from airloom.ranking.encoder.network import EncoderNetwork
from airloom.ranking.history import ACTION_CODE, UserHistory
from airloom.ranking.settings import EncoderSettings
from airloom.ranking.training.next_product_task import (
    EncoderTrainingData,
    next_product_targets,
    train_encoder,
)
from airloom.ranking.training.settings import EncoderTrainingSettings, FitSettings
from airloom.ranking.training.training_loop import Fitted
from airloom.statistics.sequences import Sequences
from tests.airloom.ranking.small_shop import OBJECTS, TEXT, VIDEOS, SmallShop

VIEW, ORDER = ACTION_CODE["view"], ACTION_CODE["order"]
SETTINGS = EncoderTrainingSettings(
    fit=FitSettings(epochs=12, learning_rate=1e-2, weight_decay=0.01), batch=32, held_out=0.1
)


def watchers(users: int, *, seed: int = 0) -> Sequences:
    """Everybody watches three videos and then orders product v, where v is the number of the last video."""
    videos = np.random.default_rng(seed).integers(0, VIDEOS, (users, 3))
    objects = np.column_stack([videos + OBJECTS - VIDEOS, videos[:, -1]])
    actions = np.tile(np.array([VIEW, VIEW, VIEW, ORDER], np.int8), users)
    times = np.tile(np.arange(4), users) * 3600
    numbers = np.repeat(np.arange(users), 4).astype(np.int32)
    return Sequences(numbers, objects.ravel().astype(np.int32), actions, times)


def trained(
    shop: SmallShop,
    settings: EncoderTrainingSettings,
    *,
    sequences: Sequences | None = None,
    id_dropout: float = 0.2,
    seed: int = 0,
) -> tuple[EncoderNetwork, Fitted]:
    torch.manual_seed(seed)
    nodes = len(shop.snapshot.nodes.labels)
    sizes = EncoderSettings(width=16, id_dropout=id_dropout)
    network = EncoderNetwork(sizes, objects=OBJECTS, nodes=nodes, text_dimensions=TEXT)
    features = item_features(shop.snapshot, np.arange(1, OBJECTS + 1), nodes=nodes)
    pool_ids = np.where(shop.snapshot.objects.is_product, 0, -1).astype(np.int32)
    data = EncoderTrainingData(sequences or watchers(600), features, pool_ids)
    return network, train_encoder(network, data, settings, what="encoder", seed=seed)


def test_it_learns_what_follows_what(shop: SmallShop) -> None:
    network, fitted = trained(shop, SETTINGS)
    encoder = SequenceEncoder(network, shop.snapshot.objects.ids, shop.snapshot)
    assert fitted.curve[-1].held_out_error < 0.5 * fitted.curve[0].held_out_error
    hits = 0
    for video in range(VIDEOS):
        past = UserHistory(
            np.array([OBJECTS - VIDEOS + video], np.int32), np.array([VIEW], np.int8), np.array([0])
        )
        scores = encoder.score(encoder.state(past), shop.snapshot.products)
        hits += int(np.argmax(scores) == video)
    assert hits > 0.8 * VIDEOS


def test_few_negatives_stand_for_all_products(shop: SmallShop) -> None:
    """The loss is an estimate of the loss over all products, so its size hardly depends on their number."""
    all_of_them, some = (
        trained(shop, replace(SETTINGS, negatives=count, fit=replace(SETTINGS.fit, epochs=1)))[1]
        for count in (1000, 40)
    )
    assert some.curve[0].training_loss == pytest.approx(all_of_them.curve[0].training_loss, rel=0.1)


def test_the_same_seed_gives_the_same_encoder(shop: SmallShop) -> None:
    short = replace(SETTINGS, fit=replace(SETTINGS.fit, epochs=2))
    (one, first), (two, second), (other, _) = (trained(shop, short, seed=seed) for seed in (3, 3, 4))
    assert first == second
    assert all(torch.equal(one.state_dict()[name], two.state_dict()[name]) for name in one.state_dict())
    assert not torch.equal(one.ensemble_members[0].item_id.weight, other.ensemble_members[0].item_id.weight)
    assert not torch.equal(one.ensemble_members[0].item_id.weight, one.ensemble_members[1].item_id.weight)


def test_what_is_forgotten_is_forgotten_whole(shop: SmallShop) -> None:
    """If every object is hidden, nothing of its own is learnt: no vector, not how often it is wanted."""
    short = replace(SETTINGS, fit=replace(SETTINGS.fit, epochs=1, weight_decay=0.0))
    blind, seeing = (trained(shop, short, id_dropout=share)[0].ensemble_members[0] for share in (1.0, 0.2))
    assert not blind.bias.weight.any()
    assert float(blind.item_id.weight.detach().std()) == pytest.approx(0.02, rel=0.1)  # as it was initialised
    assert seeing.bias.weight.any()
    assert float(seeing.item_id.weight.detach().std()) > 0.03


@pytest.mark.parametrize("events", [0, 1, 4])
def test_a_log_with_hardly_a_product_to_predict_is_refused(shop: SmallShop, events: int) -> None:
    columns: list[Any] = [column[:events] for column in watchers(1)]
    few = Sequences(*columns)
    with pytest.raises(AirloomError, match="at least 2 are needed"):
        trained(shop, SETTINGS, sequences=few)


def test_only_a_first_touch_of_a_product_is_asked_for() -> None:
    objects = np.array([5, 0, 5, 1, 0, 2, 2], np.int32)
    actions = np.array([VIEW, ORDER, VIEW, ORDER, ORDER, ORDER, ORDER], np.int8)
    events = Sequences(np.array([0, 0, 0, 0, 0, 1, 1], np.int32), objects, actions, np.arange(7))
    pool_ids = np.array([0, 0, 0, -1, -1, -1], np.int32)
    assert next_product_targets(events, pool_ids).tolist() == [False, True, False, True, False, False, False]
