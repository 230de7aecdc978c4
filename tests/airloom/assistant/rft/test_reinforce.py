"""An epoch of rewards counts the replies of all processes, and may leave the writing to a server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airloom.assistant.rft import reinforce as module
from airloom.assistant.rft import trainer as trainer_module
from airloom.assistant.rft.curriculum import Curriculum
from airloom.assistant.rft.policy import load_policy
from airloom.assistant.rft.reinforce import Reinforcement
from airloom.assistant.rft.settings import FineTuningSettings
from tests.airloom.assistant.rft.small_training import JUDGE, REQUESTS, SETTINGS

CASES = {own.case.query_id: own.case for own in REQUESTS}


def reinforcement(model: Path, folder: Path, settings: FineTuningSettings = SETTINGS) -> Reinforcement:
    policy = load_policy(model, lora=settings.lora)
    return Reinforcement(policy, CASES, JUDGE, settings, scratch=folder)


def test_the_curriculum_and_the_record_have_the_rewards_of_every_process(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, others = list(CASES)[:2], [(list(CASES)[2], 0.75), (list(CASES)[2], 0.25)]

    def with_others(notes: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
        return [*notes, *others]

    monkeypatch.setattr(module, "of_all", with_others)
    curriculum = Curriculum(list(CASES))

    record = reinforcement(tiny_model, tmp_path).epoch(mine, curriculum, number=0)

    assert (record.requests, record.replies) == (3, 6)
    assert set(curriculum.difficulties) == {*mine, others[0][0]}
    assert curriculum.difficulties[others[0][0]] == 0.5


def test_a_server_writes_the_replies_if_it_is_named(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    class TrainerDouble:
        def __init__(self, *, args: Any, **_: Any) -> None:
            asked.append(args)

        def train(self) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr(trainer_module, "ReasoningAwareTrainer", TrainerDouble)
    url = "http://localhost:8000"
    served = replace(SETTINGS, reinforcement=replace(SETTINGS.reinforcement, vllm_url=url))
    for settings in (SETTINGS, served):
        with pytest.raises(KeyboardInterrupt):
            reinforcement(tiny_model, tmp_path, settings).epoch(list(CASES), Curriculum([]), number=0)

    alone, remote = asked
    assert not alone.use_vllm
    assert (remote.use_vllm, remote.vllm_mode, remote.vllm_server_base_url) == (True, "server", url)
