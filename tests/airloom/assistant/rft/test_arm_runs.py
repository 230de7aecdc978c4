"""Arms are trained when they are chosen, once, from one warm-up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airloom.assistant.rft import arm_runs
from airloom.assistant.rft import warm_up as warm_up_module
from airloom.assistant.rft.arm_runs import WARM_UP, run_training_arms
from airloom.assistant.rft.reinforce import Reinforcement
from airloom.assistant.rft.sampled_requests import sampled_sets
from airloom.errors import AirloomError
from tests.airloom.assistant.rft.small_training import settings_of
from tests.airloom.assistant.small_catalogue import GRAPH, SNAPSHOT

SETS = sampled_sets(GRAPH, SNAPSHOT.products, training=4, held_out=4, seed=0)
SETTINGS = settings_of(epochs=1)


def run(model: Path, folder: Path, *chosen: str, settings: Any = SETTINGS) -> Any:
    return run_training_arms(model, SETS, settings, chosen=chosen, folder=folder)


def test_only_chosen_arms_are_run_and_those_of_before_are_shown_too(tiny_model: Path, tmp_path: Path) -> None:
    assert list(run(tiny_model, tmp_path, "sft")) == ["sft"]

    later = run(tiny_model, tmp_path, "base", "grpo")

    assert list(later) == ["base", "sft", "grpo"]
    assert all(len(own.texts) == 4 for own in later.values())
    assert [own.share_without_variance is None for own in later.values()] == [True, True, False]


def test_what_has_ended_is_not_run_again_and_one_warm_up_is_for_all(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(tiny_model, tmp_path, "sft")
    monkeypatch.setattr(warm_up_module, "_train", None)

    both = run(tiny_model, tmp_path, "sft", "query-alignment")

    assert both["sft"] == first["sft"]
    assert len(list((tmp_path / WARM_UP).iterdir())) == 1
    monkeypatch.setattr(arm_runs, "_run", pytest.fail)
    assert run(tiny_model, tmp_path, "sft", "query-alignment") == both


def test_an_arm_that_was_stopped_goes_on(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(epochs=2)
    epoch, begun = Reinforcement.epoch, []

    def noted(self: Reinforcement, *args: Any, number: int) -> Any:
        begun.append(number)
        if len(begun) == 2:
            raise KeyboardInterrupt
        return epoch(self, *args, number=number)

    monkeypatch.setattr(Reinforcement, "epoch", noted)
    with pytest.raises(KeyboardInterrupt):
        run(tiny_model, tmp_path, "grpo", settings=settings)
    run(tiny_model, tmp_path, "grpo", settings=settings)

    assert begun == [0, 1, 1]


def test_an_arm_of_other_settings_is_not_shown_and_not_written_over(tiny_model: Path, tmp_path: Path) -> None:
    other = replace(SETTINGS, seed=1)
    run(tiny_model, tmp_path, "sft")

    assert run(tiny_model, tmp_path, settings=other) == {}
    with pytest.raises(AirloomError, match="of another model, other settings or requests"):
        run(tiny_model, tmp_path, "sft", settings=other)
