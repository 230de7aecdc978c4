"""A fine-tuning from requests to a model that is kept or stays out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airloom.assistant.rft import tuning as module
from airloom.assistant.rft.gate import BASE, TUNED, TuningGate
from airloom.assistant.rft.policy import load_policy, replies
from airloom.assistant.rft.sampled_requests import sampled_sets
from airloom.assistant.rft.tuning import MODEL, tune
from airloom.errors import AirloomError
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.writers_lock import writers_lock
from tests.airloom.assistant.rft.small_training import settings_of
from tests.airloom.assistant.small_catalogue import GRAPH, SNAPSHOT

SETS = sampled_sets(GRAPH, SNAPSHOT.products, training=6, held_out=6, seed=0)


def test_an_untaught_model_stays_out_and_the_report_says_why(tiny_model: Path, tmp_path: Path) -> None:
    report = tune(tiny_model, SETS, SentenceEncoder(), settings_of(epochs=1), folder=tmp_path)

    assert not report.gate.shown
    assert not (tmp_path / MODEL).exists()
    assert report.to_json()["may_be_served"] is False
    [tuned] = [arm for arm in report.arms if arm.name == TUNED]
    assert tuned.share_by_rules == 1  # it writes no reading yet


def test_a_model_that_passes_is_written_as_servers_read_it(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "tuning_gate", lambda *_: TuningGate({}, shown=True))

    tune(tiny_model, SETS, SentenceEncoder(), settings_of(epochs=0), folder=tmp_path)

    assert load_policy(tmp_path / MODEL).model.config.model_type == "llama"


def test_a_run_that_goes_on_does_not_ask_the_model_before_again(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def spied(*args: Any, what: str, **options: Any) -> list[str]:
        asked.append(what)
        return replies(*args, what=what, **options)

    monkeypatch.setattr(module, "replies", spied)

    first, again = (
        tune(tiny_model, SETS, SentenceEncoder(), settings_of(epochs=0), folder=tmp_path) for _ in range(2)
    )

    assert asked == [BASE, TUNED, TUNED]
    assert again.to_json() == first.to_json()


def test_two_trainings_do_not_share_a_folder(tiny_model: Path, tmp_path: Path) -> None:
    with writers_lock(tmp_path), pytest.raises(AirloomError, match="Another process writes to"):
        tune(tiny_model, SETS, SentenceEncoder(), settings_of(epochs=0), folder=tmp_path)
