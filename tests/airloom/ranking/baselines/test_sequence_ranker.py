from __future__ import annotations

import numpy as np

from airloom.ranking.baselines.sequence_ranker import SequenceRanker
from airloom.ranking.history import UserHistory
from tests.airloom.ranking.small_shop import SmallShop, untrained


def test_it_says_what_the_encoder_says_and_looks_at_nothing_later(shop: SmallShop) -> None:
    encoder = untrained(shop.snapshot).towers.encoders["ids"]
    history, candidates = shop.history(1), np.arange(40, dtype=np.int32)
    middle = int(history.timestamps[10])
    scored = SequenceRanker(encoder).rank(history=history, candidates=candidates, now=middle)
    state = encoder.state(history.before(middle))
    np.testing.assert_array_equal(scored.scores, encoder.score(state, candidates))
    assert np.abs(scored.scores - encoder.score(encoder.state(history), candidates)).max() > 1e-4


def test_a_stranger_gets_the_biases(shop: SmallShop) -> None:
    encoder = untrained(shop.snapshot).towers.encoders["ids"]
    scored = SequenceRanker(encoder).rank(
        history=UserHistory.empty(), candidates=np.arange(40, dtype=np.int32), now=shop.now
    )
    np.testing.assert_array_equal(
        scored.scores,
        encoder.score(np.zeros(encoder.network.width, np.float32), np.arange(40, dtype=np.int32)),
    )
