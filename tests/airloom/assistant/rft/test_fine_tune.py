"""A fine-tuning learns, can be stopped anywhere and goes on with the same bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airloom.assistant.rft import fine_tune as module
from airloom.assistant.rft.fine_tune import fine_tune, save_model
from airloom.assistant.rft.policy import load_policy, replies
from airloom.assistant.rft.reinforce import Reinforcement
from airloom.errors import AirloomError
from tests.airloom.assistant.rft.small_training import JUDGE, REQUESTS, SETTINGS, settings_of, weights_of


def tune(model: Path, folder: Path, settings: Any = SETTINGS) -> Any:
    """A whole fine-tuning."""
    policy = load_policy(model, lora=settings.lora)
    return fine_tune(policy, REQUESTS, JUDGE, settings, folder=folder)


def test_each_epoch_is_recorded(tiny_model: Path, tmp_path: Path) -> None:
    records = tune(tiny_model, tmp_path)

    assert [record.epoch for record in records] == [0, 1]
    assert all(record.requests == 6 and record.replies == 12 for record in records)
    assert not (tmp_path / "scratch").exists()


def test_a_training_that_was_stopped_goes_on_with_the_same_bytes(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tune(tiny_model, tmp_path / "whole")
    epoch = Reinforcement.epoch

    def stopped(self: Reinforcement, *args: Any, number: int) -> Any:
        if number == 1:
            raise KeyboardInterrupt
        return epoch(self, *args, number=number)

    with monkeypatch.context() as patch:
        patch.setattr(Reinforcement, "epoch", stopped)
        with pytest.raises(KeyboardInterrupt):
            tune(tiny_model, tmp_path / "stopped")
    patched_up = tune(tiny_model, tmp_path / "stopped")

    assert patched_up == whole
    assert weights_of(tmp_path / "stopped") == weights_of(tmp_path / "whole")


def test_one_that_has_ended_trains_no_more(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tune(tiny_model, tmp_path)
    monkeypatch.setattr(module, "warm_up", None)
    monkeypatch.setattr(Reinforcement, "epoch", None)

    assert tune(tiny_model, tmp_path) == whole


def test_the_folder_of_another_training_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    tune(tiny_model, tmp_path, settings_of(epochs=0))

    with pytest.raises(AirloomError, match="of another model, other settings or requests"):
        tune(tiny_model, tmp_path, settings_of(epochs=1))


def test_nothing_is_trained_on_once_everything_is_easy(tiny_model: Path, tmp_path: Path) -> None:
    never = replace(SETTINGS, reinforcement=replace(SETTINGS.reinforcement, easy=10.0))

    assert len(tune(tiny_model, tmp_path, never)) == 1  # its difficulties leave no request


def test_the_whole_model_answers_as_the_updated_one(tiny_model: Path, tmp_path: Path) -> None:
    policy = load_policy(tiny_model, lora=SETTINGS.lora)
    fine_tune(policy, REQUESTS, JUDGE, settings_of(epochs=0), folder=tmp_path / "run")
    queries = [own.case.query for own in REQUESTS]
    expected = replies(policy, queries, max_tokens=8, what="updated")

    save_model(policy, tmp_path / "model")

    assert replies(load_policy(tmp_path / "model"), queries, max_tokens=8, what="whole") == expected
    assert expected != replies(load_policy(tiny_model), queries, max_tokens=8, what="before")
    assert not list((tmp_path / "model").glob("*.bin"))
