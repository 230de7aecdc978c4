from __future__ import annotations

import numpy as np
import pytest

from airloom.errors import AirloomError
from airloom.ranking.air import AirRanker
from airloom.ranking.baselines.item_cf import ItemCfRanker
from airloom.ranking.history import UserHistory
from airloom.ranking.ranker import Ranking
from airloom.ranking.snapshot import Snapshot
from model_service.outbox.exposure_log import PageImpression
from model_service.release.smoke_test import EVENT_COUNTS, smoke_test, smoke_users
from tests.model_service.engine.small_engine import BrokenRanker, ReasoningRanker, make_engine


def test_the_same_people_for_the_same_snapshot(snapshot: Snapshot) -> None:
    people = list(smoke_users(snapshot))
    assert people == list(smoke_users(snapshot))
    assert [len(person.object_ids) for person in people] == list(EVENT_COUNTS)
    for person in people:
        history = snapshot.history(person.object_ids, person.actions, person.timestamps)
        assert len(history.objects) >= 0.9 * len(person.object_ids)  # a repeated event counts once
        assert (history.timestamps < person.now).all()


def test_a_rehearsal_logs_nothing_and_says_how_alike_the_pages_are(snapshot: Snapshot) -> None:
    shown: list[PageImpression] = []
    one = make_engine(snapshot, ranker=ItemCfRanker(snapshot), shown=shown)
    other = make_engine(snapshot, ranker=ReasoningRanker(), shown=shown)
    assert smoke_test(one) == {}
    assert smoke_test(one, one) == {"only": 1.0}
    assert 0.0 < smoke_test(one, other)["only"] < 1.0
    assert shown == []


@pytest.mark.parametrize("fault", ["raises", "nan", "short"])
def test_a_ranker_that_fails_is_refused(snapshot: Snapshot, fault: str) -> None:
    with pytest.raises(AirloomError, match="broken failed on snapshot"):
        smoke_test(make_engine(snapshot, ranker=BrokenRanker(fault)))


def test_a_model_that_tells_no_two_products_apart_is_refused(
    snapshot: Snapshot, ranker: AirRanker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flat(*, history: UserHistory, candidates: np.ndarray, now: int) -> Ranking:
        return Ranking.without_intents(np.zeros(len(candidates), np.float32), {})

    air = AirRanker(ranker.stage, ranker.towers, ranker.settings, snapshot)
    smoke_test(make_engine(snapshot, ranker=air))
    monkeypatch.setattr(air, "rank", flat)
    with pytest.raises(AirloomError, match="gives every product the same score"):
        smoke_test(make_engine(snapshot, ranker=air))
