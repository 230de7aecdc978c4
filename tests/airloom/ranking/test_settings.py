from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from airloom.errors import AirloomError
from airloom.ranking.second_stage import StackWeights
from airloom.ranking.settings import InferredSettings, InputSettings, RankerSettings, TowerSettings
from airloom.ranking.training.settings import ForestSettings, TrainingSettings

TOWERS = TowerSettings()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: TOWERS.without("ids"),
        lambda: replace(TOWERS, texts=replace(TOWERS.texts, ensemble_members=-1)),
        lambda: InferredSettings(temperature=0.0),
        lambda: ForestSettings(rounds=-1),
        lambda: ForestSettings(max_labels=0),
        lambda: TrainingSettings(negatives=0),
        lambda: TrainingSettings(held_out=0.0),
        lambda: TrainingSettings(held_out=1.2),
    ],
)
def test_what_nobody_can_train_with_is_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(AirloomError, match=r"ids|members|temperature|rounds|max_labels|negatives|held_out"):
        wrong()


def test_a_tower_that_counts_nothing_is_left_out() -> None:
    weights = StackWeights(network=0.5, texts=0.0, intents=0.1)._asdict()
    assert list(RankerSettings().without_unused(weights).towers.trained()) == ["ids", "intents"]


@pytest.mark.parametrize("asked_for", [True, False])
@pytest.mark.parametrize("weight", [0.2, 0.0])
def test_inferred_behaviors_are_read_where_they_are_asked_for_and_count(
    asked_for: bool, weight: float
) -> None:
    settings = RankerSettings(inputs=InputSettings(use_inferred=asked_for))
    kept = settings.without_unused(StackWeights(inferred=weight)._asdict())
    assert kept.inputs.use_inferred == (asked_for and weight > 0)
