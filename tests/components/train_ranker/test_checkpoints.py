from __future__ import annotations

from pathlib import Path

import pytest

from airloom.ranking.training.settings import TrainingSettings
from components.train_ranker import checkpoints
from components.train_ranker.checkpoints import checkpoint_folder
from components.train_ranker.training_run import CHECKPOINTS
from tests.components.small_training import TrainingChain


def test_the_state_of_other_code_or_settings_is_not_taken_up(
    chain: TrainingChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def folder(settings: TrainingSettings) -> Path:
        return checkpoint_folder(Path(chain.dataset.path), chain.lake, settings, kind=CHECKPOINTS)

    before = folder(TrainingSettings())
    assert folder(TrainingSettings()) == before
    assert folder(TrainingSettings(seed=1)) != before
    monkeypatch.setattr(checkpoints, "sources_digest", lambda: "other code")
    assert folder(TrainingSettings()) != before
