from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from airloom.errors import AirloomError
from airloom.ranking.settings import RankerSettings, TowerSettings
from airloom.ranking.training.settings import ForestSettings, TrainingSettings

TOWERS = TowerSettings()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: TOWERS.without("ids"),
        lambda: replace(TOWERS, texts=replace(TOWERS.texts, ensemble_members=-1)),
        lambda: ForestSettings(rounds=-1),
        lambda: ForestSettings(max_labels=0),
        lambda: TrainingSettings(negatives=0),
        lambda: TrainingSettings(held_out=0.0),
        lambda: TrainingSettings(held_out=1.2),
    ],
)
def test_what_nobody_can_train_with_is_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(AirloomError, match=r"ids|members|rounds|max_labels|negatives|held_out"):
        wrong()


def test_a_tower_that_counts_nothing_is_left_out() -> None:
    weights = {"network": 0.5, "forest": 0.0, "texts": 0.0, "intents": 0.1}
    assert list(RankerSettings().without_unused(weights).towers.trained()) == ["ids", "intents"]
