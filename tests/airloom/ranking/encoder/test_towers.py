from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from airloom.ranking.encoder.encoder import StoredEncoder
from airloom.ranking.encoder.towers import Towers, load_towers
from airloom.ranking.history import UserHistory
from airloom.ranking.settings import TOWERS, RankerSettings, TowerSettings
from airloom.settings import parse
from tests.airloom.ranking.small_shop import SmallShop, untrained

CANDIDATES = np.arange(50, dtype=np.int32)


@pytest.fixture
def towers(shop: SmallShop) -> Towers:
    return untrained(shop.snapshot).towers


def test_each_tower_has_a_score_of_its_own(shop: SmallShop, towers: Towers) -> None:
    history = shop.history(1)
    scores = towers.score(towers.state(history), CANDIDATES)
    assert scores.shape == (50, len(TOWERS))
    for column, encoder in enumerate(towers.encoders.values()):
        np.testing.assert_array_equal(scores[:, column], encoder.score(encoder.state(history), CANDIDATES))


def test_states_of_many_are_those_of_each(shop: SmallShop, towers: Towers) -> None:
    histories = [shop.history(seed, events=5 + seed) for seed in range(4)] + [UserHistory.empty()]
    for state, history in zip(towers.states(histories), histories, strict=True):
        np.testing.assert_allclose(state, towers.state(history), atol=1e-5)


def test_a_tower_that_is_left_out_scores_zero(shop: SmallShop) -> None:
    settings = RankerSettings(towers=TowerSettings().without("intents"))
    towers = untrained(shop.snapshot, settings=settings).towers
    scores = towers.score(towers.state(shop.history(1)), CANDIDATES)
    assert not scores[:, TOWERS.index("intents")].any()
    assert scores[:, TOWERS.index("texts")].any()


def test_a_tower_of_cards_reads_them_and_not_the_titles(shop: SmallShop) -> None:
    objects = shop.snapshot.objects
    cards = np.roll(objects.embeddings, 1, axis=0)
    others = np.roll(objects.embeddings, 2, axis=0)
    of_cards = parse(RankerSettings, {"towers": {"texts": {"text": "card"}}})
    scores = []
    for known in (
        objects._replace(card_embeddings=cards),
        objects._replace(card_embeddings=cards, embeddings=others),
        objects._replace(card_embeddings=others),
    ):
        towers = untrained(replace(shop.snapshot, objects=known), settings=of_cards).towers
        scores.append(towers.score(towers.state(shop.history(1)), CANDIDATES)[:, TOWERS.index("texts")])
    np.testing.assert_array_equal(scores[0], scores[1])
    assert np.abs(scores[0] - scores[2]).max() > 1e-3


def test_the_tower_of_texts_scores_what_nobody_has_touched(shop: SmallShop, towers: Towers) -> None:
    """Two products with one title have one score there, whatever training knows of them."""
    objects = shop.snapshot.objects
    embeddings = np.array(objects.embeddings)
    embeddings[0] = embeddings[1]
    snapshot = replace(shop.snapshot, objects=objects._replace(embeddings=embeddings))
    over = Towers.over(
        {name: StoredEncoder(encoder.network, encoder.item_ids) for name, encoder in towers.encoders.items()},
        snapshot,
    )
    scores = over.score(over.state(shop.history(3)), np.array([0, 1], np.int32))
    column = TOWERS.index("texts")
    assert scores[0, column] == pytest.approx(scores[1, column], abs=1e-6)
    assert abs(scores[0, TOWERS.index("ids")] - scores[1, TOWERS.index("ids")]) > 1e-3


def test_stored_towers_score_the_same(shop: SmallShop, towers: Towers, tmp_path: Path) -> None:
    towers.save(tmp_path)
    read = Towers.over(load_towers(tmp_path, TowerSettings()), shop.snapshot)
    assert read.digest == towers.digest
    np.testing.assert_array_equal(
        read.score(read.state(shop.history(2)), CANDIDATES),
        towers.score(towers.state(shop.history(2)), CANDIDATES),
    )
