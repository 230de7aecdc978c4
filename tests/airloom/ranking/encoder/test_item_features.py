from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from airloom.errors import AirloomError
from airloom.ranking.encoder.item_features import item_features
from tests.airloom.ranking.small_shop import small_snapshot


def test_a_tower_reads_titles_or_cards() -> None:
    shop = small_snapshot()
    count = len(shop.objects.ids)
    cards = np.roll(shop.objects.embeddings, 1, axis=0)
    with_cards = replace(shop, objects=shop.objects._replace(card_embeddings=cards))
    rows, nodes = np.zeros(count, np.int64), len(shop.nodes.labels)

    of_titles = item_features(with_cards, rows, nodes=nodes).texts
    of_cards = item_features(with_cards, rows, nodes=nodes, text="card").texts

    np.testing.assert_array_equal(of_titles, shop.objects.embeddings)
    np.testing.assert_array_equal(of_cards, cards)


def test_cards_that_the_snapshot_lacks_are_asked_for() -> None:
    shop = small_snapshot()
    rows = np.zeros(len(shop.objects.ids), np.int64)
    with pytest.raises(AirloomError, match="reads knowledge cards, and the snapshot has none"):
        item_features(shop, rows, nodes=len(shop.nodes.labels), text="card")
