from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from airloom.ranking.air import AirRanker
from components.build_training_set.dataset import read_snapshot
from components.evaluate_ranker.models import AIR, AIR_WITH_INTENTS, AIR_WITHOUT_INTENTS
from components.evaluate_ranker.rankers import compared_rankers
from components.train_ranker.choice import RANKER, WITH_INTENTS, WITHOUT_INTENTS
from tests.components.small_training import TrainingChain


@pytest.mark.parametrize(
    ("served", "other"),
    [(WITH_INTENTS, AIR_WITHOUT_INTENTS), (WITHOUT_INTENTS, AIR_WITH_INTENTS)],
)
def test_what_serves_is_compared_with_the_one_that_was_not_chosen(
    chain: TrainingChain, tmp_path: Path, served: str, other: str
) -> None:
    model = tmp_path / "model"
    shutil.copytree(chain.model.path, model)
    shutil.rmtree(model / RANKER)
    shutil.copytree(model / served, model / RANKER)
    snapshot = read_snapshot(Path(chain.dataset.path), "evaluation", lake=chain.lake)

    air, rankers, _ = compared_rankers(model, snapshot)

    assert rankers[AIR] is air
    assert list(rankers)[:2] == [AIR, other]
    not_chosen = rankers[other]
    assert isinstance(not_chosen, AirRanker)
    assert not_chosen.settings.inputs.use_intents != air.settings.inputs.use_intents
