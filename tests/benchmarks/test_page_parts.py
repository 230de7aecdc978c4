from __future__ import annotations

import numpy as np
import pytest

from airloom.ranking.air import AirRanker
from airloom.ranking.snapshot import Snapshot
from benchmarks.page_parts import of_parts, summary
from tests.airloom.ranking.small_shop import small_snapshot, untrained


@pytest.fixture(scope="module")
def shop() -> tuple[AirRanker, Snapshot]:
    snapshot = small_snapshot()
    return untrained(snapshot), snapshot


def test_an_arm_has_its_parts_and_all_others(shop: tuple[AirRanker, Snapshot]) -> None:
    ranker, snapshot = shop
    both = of_parts(ranker, snapshot, texts=True, inferred=True)
    neither = of_parts(ranker, snapshot, texts=False, inferred=False)
    assert (both.settings.inputs.use_inferred, neither.settings.inputs.use_inferred) == (True, False)
    assert both.stage.weights.inferred > 0
    assert (neither.stage.weights.inferred, neither.stage.weights.texts) == (0, 0)
    assert {*both.towers.encoders} - {*neither.towers.encoders} == {"texts"}
    assert {*neither.towers.encoders} == {"ids", "intents"}


def test_times_are_those_of_the_same_pages_without_the_parts() -> None:
    slow = summary(np.full(20, 0.0033), than=np.full(20, 0.003))
    assert slow == {"p50_ms": 3.3, "p99_ms": 3.3, "times_p50": 1.1, "times_trimmed_mean": 1.1}
    one_late = np.append(np.full(19, 0.003), 9.0)
    assert summary(one_late, than=one_late[:19])["times_trimmed_mean"] == 1.0
