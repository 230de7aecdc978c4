from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from airloom.logs.contract import ACTIONS
from airloom.ranking.encoder.encoder import SequenceEncoder, load_encoder
from airloom.ranking.encoder.network import EncoderNetwork, EventBatch
from airloom.ranking.history import UserHistory
from airloom.ranking.settings import EncoderSettings
from tests.airloom.ranking.small_shop import OBJECTS, TEXT, SmallShop

SETTINGS = EncoderSettings(width=16, heads=2, max_events=12)
CANDIDATES = np.arange(60, dtype=np.int32)


@pytest.fixture
def encoder(shop: SmallShop) -> SequenceEncoder:
    torch.manual_seed(0)
    nodes = len(shop.snapshot.nodes.labels)
    network = EncoderNetwork(SETTINGS, objects=OBJECTS - 1, nodes=nodes, text_dimensions=TEXT)
    for member in network.ensemble_members:  # as if trained: attention depends on order and time
        torch.nn.init.normal_(member.block.step_bias.weight)
        torch.nn.init.normal_(member.block.gap_bias.weight)
    return SequenceEncoder(network, shop.snapshot.objects.ids[1:], shop.snapshot)


def scores(encoder: SequenceEncoder, history: UserHistory) -> np.ndarray:
    return encoder.score(encoder.state(history), CANDIDATES)


def test_histories_of_any_length_are_encoded_as_if_alone(shop: SmallShop, encoder: SequenceEncoder) -> None:
    histories = [shop.history(seed, events=events) for seed, events in enumerate([1, 30, 5, 12, 5])]
    together = encoder.states([*histories, UserHistory.empty()])
    for history, state in zip(histories, together, strict=False):
        np.testing.assert_allclose(state, encoder.state(history), atol=1e-5)
    assert not together[-1].any()


def test_only_the_newest_events_are_read(shop: SmallShop, encoder: SequenceEncoder) -> None:
    history = shop.history(3, events=30)
    np.testing.assert_array_equal(scores(encoder, history), scores(encoder, history.newest(12)))


def test_order_and_time_count_but_not_the_date(shop: SmallShop, encoder: SequenceEncoder) -> None:
    history = shop.history(4, events=8)
    later = history._replace(timestamps=history.timestamps + 1_000_000)
    slower = history._replace(timestamps=history.timestamps[0] + 30 * np.arange(8) ** 3 * 86_400)
    swapped = history._replace(objects=history.objects[::-1])
    np.testing.assert_allclose(scores(encoder, later), scores(encoder, history), atol=1e-6)
    for other in (slower, swapped):
        assert np.abs(scores(encoder, other) - scores(encoder, history)).max() > 1e-3


def test_an_object_that_training_did_not_know_is_read_by_title_and_intents(
    shop: SmallShop, encoder: SequenceEncoder
) -> None:
    new, twin = 0, 1  # object 0 has no vector of its own; object 1 loses its own here
    objects = shop.snapshot.objects
    embeddings = np.array(objects.embeddings)
    embeddings[new] = embeddings[twin]
    snapshot = replace(shop.snapshot, objects=objects._replace(embeddings=embeddings))
    blind = SequenceEncoder(encoder.network, ["gone", *objects.ids[2:]], snapshot)
    state = blind.state(shop.history(5))
    twin_scores = blind.score(state, np.array([new, twin], np.int32))
    assert twin_scores[0] == pytest.approx(twin_scores[1], abs=1e-6)
    assert np.isfinite(twin_scores).all()


def test_a_stored_encoder_scores_the_same(shop: SmallShop, encoder: SequenceEncoder, tmp_path: Path) -> None:
    encoder.save(tmp_path)
    read = SequenceEncoder(*load_encoder(tmp_path, SETTINGS), shop.snapshot)
    for seed in range(3):
        np.testing.assert_array_equal(scores(read, shop.history(seed)), scores(encoder, shop.history(seed)))


def test_a_score_is_the_mean_of_the_members_scores(shop: SmallShop, encoder: SequenceEncoder) -> None:
    alone = []
    for member in encoder.network.ensemble_members:
        one = EncoderNetwork(
            replace(SETTINGS, ensemble_members=1),
            objects=OBJECTS - 1,
            nodes=encoder.network.nodes,
            text_dimensions=TEXT,
        )
        one.ensemble_members[0].load_state_dict(member.state_dict())
        alone.append(scores(SequenceEncoder(one, encoder.item_ids, shop.snapshot), shop.history(6)))
    np.testing.assert_allclose(scores(encoder, shop.history(6)), np.mean(alone, axis=0), atol=1e-5)
    assert np.abs(alone[0] - alone[1]).max() > 1e-3


def test_the_last_state_alone_is_the_last_of_all() -> None:
    torch.manual_seed(3)
    network = EncoderNetwork(SETTINGS, objects=5, nodes=3, text_dimensions=TEXT).eval()
    for member in network.ensemble_members:
        torch.nn.init.normal_(member.block.step_bias.weight)
        torch.nn.init.normal_(member.block.gap_bias.weight)
    shape = (4, 20)
    padding = torch.arange(20)[None, :] < torch.tensor([0, 3, 19, 10])[:, None]
    events = EventBatch(
        torch.randn(*shape, network.width),
        torch.randint(len(ACTIONS), shape),
        torch.randint(10**5, shape).cumsum(dim=1),
        padding,
    )
    with torch.inference_mode():
        every, last = network(events), network(events, last_only=True)
    assert last.shape == (4, 1, network.width)
    torch.testing.assert_close(last[:, 0], every[:, -1], rtol=1e-5, atol=1e-6)


def test_similarities_are_cosines_of_item_vectors(encoder: SequenceEncoder) -> None:
    similar = encoder.similarities(3, CANDIDATES)
    assert similar[3] == pytest.approx(1, abs=1e-5)
    assert (np.abs(similar) <= 1 + 1e-5).all()
    assert similar[7] == pytest.approx(encoder.similarities(7, CANDIDATES)[3], abs=1e-6)
