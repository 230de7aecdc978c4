"""TRL still asks the method that is overridden, and its loss takes an advantage for each token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from airloom.assistant.rft import trainer as trainer_module
from airloom.assistant.rft.curriculum import Curriculum
from airloom.assistant.rft.policy import load_policy
from airloom.assistant.rft.reinforce import Reinforcement
from airloom.assistant.rft.trainer import ReasoningAwareTrainer
from tests.airloom.assistant.rft.small_training import JUDGE, REQUESTS, SETTINGS


def test_the_loss_gets_the_advantages_of_tokens(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[dict[str, Any]] = []

    def advantages(rewards: np.ndarray, mask: np.ndarray, **_: Any) -> np.ndarray:
        return np.where(mask, np.arange(mask.shape[1]) + 1.0, 0.0)

    def spied(self: Any, model: Any, inputs: dict[str, Any]) -> Any:
        batches.append(inputs)
        return loss(self, model, inputs)

    loss = ReasoningAwareTrainer._compute_loss
    monkeypatch.setattr(trainer_module, "token_advantages", advantages)
    monkeypatch.setattr(ReasoningAwareTrainer, "_compute_loss", spied)
    policy = load_policy(tiny_model, lora=SETTINGS.lora)
    before = {name: weight.detach().clone() for name, weight in policy.model.named_parameters()}
    cases = {own.case.query_id: own.case for own in REQUESTS}
    reinforcement = Reinforcement(policy, cases, JUDGE, SETTINGS, scratch=tmp_path)

    reinforcement.epoch(list(cases)[:2], Curriculum(list(cases)), number=0)

    [batch] = batches
    assert batch["advantages"].shape == batch["completion_ids"].shape
    assert batch["advantages"].max() == batch["completion_mask"].sum(dim=1).max()
    changed = [name for name, weight in policy.model.named_parameters() if not weight.equal(before[name])]
    assert changed
    assert all("lora_" in name for name in changed)
