"""A fine-tuning from requests to a model that is kept or stays out."""

from __future__ import annotations

from pathlib import Path

import pytest

from airloom.assistant.rft import tuning as module
from airloom.assistant.rft.gate import TUNED, TuningGate
from airloom.assistant.rft.policy import load_policy
from airloom.assistant.rft.tuning import MODEL, sampled_sets, tune
from airloom.intents.sentence_encoder import SentenceEncoder
from tests.airloom.assistant.rft.small_training import settings_of
from tests.airloom.assistant.small_catalogue import GRAPH, SNAPSHOT

SETS = sampled_sets(GRAPH, SNAPSHOT.products, training=6, held_out=6, seed=0)


def test_held_out_requests_are_about_other_products() -> None:
    sets = sampled_sets(GRAPH, SNAPSHOT.products, training=60, held_out=60, seed=0)

    assert len(sets.training) > 40
    assert not {own.target for own in sets.training} & {own.target for own in sets.held_out}
    assert not {own.case.query_id for own in sets.training} & {own.case.query_id for own in sets.held_out}


def test_an_untaught_model_stays_out_and_the_report_says_why(tiny_model: Path, tmp_path: Path) -> None:
    report = tune(tiny_model, SETS, GRAPH, SentenceEncoder(), settings_of(epochs=1), folder=tmp_path)

    assert not report.gate.shown
    assert not (tmp_path / MODEL).exists()
    assert report.to_json()["may_be_served"] is False
    [tuned] = [arm for arm in report.arms if arm.name == TUNED]
    assert tuned.share_by_rules == 1  # it writes no reading yet


def test_a_model_that_passes_is_written_as_servers_read_it(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "tuning_gate", lambda *_: TuningGate({}, shown=True))

    tune(tiny_model, SETS, GRAPH, SentenceEncoder(), settings_of(epochs=0), folder=tmp_path)

    assert load_policy(tmp_path / MODEL).model.config.model_type == "llama"
