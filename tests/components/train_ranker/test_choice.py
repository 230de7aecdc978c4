from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from airloom.ranking.training.fit_stack import HeldOutLosses
from components.train_ranker.choice import CHOICE, RANKER, WITH_INTENTS, WITHOUT_INTENTS, choice_text, choose


@pytest.mark.parametrize(
    ("without", "chosen"),
    [(0.9, WITHOUT_INTENTS), (1.0, WITH_INTENTS), (1.1, WITH_INTENTS)],
    ids=["better", "equal", "worse"],
)
def test_intents_that_do_not_help_are_not_served(tmp_path: Path, without: float, chosen: str) -> None:
    for name in (WITH_INTENTS, WITHOUT_INTENTS):
        (tmp_path / name / "towers").mkdir(parents=True)
        (tmp_path / name / "towers" / "weights").write_text(name)

    labels = np.array([2.0, 1.0, 1.0], np.float32), np.array([0, 0, 1])
    held_out = {
        WITH_INTENTS: HeldOutLosses(np.ones(3), *labels),
        WITHOUT_INTENTS: HeldOutLosses(np.array([without, 1.0, 1.0]), *labels),
    }

    assert choose(tmp_path, held_out) == chosen

    for name, kept in ((RANKER, chosen), (WITH_INTENTS, WITH_INTENTS), (WITHOUT_INTENTS, WITHOUT_INTENTS)):
        assert (tmp_path / name / "towers" / "weights").read_text() == kept
    choice = json.loads((tmp_path / CHOICE).read_text())
    assert choice["chosen"] == chosen
    assert choice["gained_by_intents"]["mean"] == pytest.approx((without - 1.0) / 2)  # half of the weight
    assert (choice["labels"], choice["users"]) == (3, 2)
    assert choice_text(choice).startswith(
        "This ranker reads intents." if chosen == WITH_INTENTS else "This ranker reads no intents."
    )


@pytest.mark.parametrize(("spread", "unsure"), [(0.5, True), (0.01, False)], ids=["noise", "clear"])
def test_a_difference_that_may_be_chance_is_called_so(tmp_path: Path, spread: float, unsure: bool) -> None:
    """Of 200 users one half loses what the other gains, or nearly all gain the same."""
    for name in (WITH_INTENTS, WITHOUT_INTENTS):
        (tmp_path / name).mkdir()
    users = np.arange(200)
    without = 1.02 + spread * np.where(users % 2, 1.0, -1.0)
    weights = np.ones(200, np.float32)
    losses = {
        WITH_INTENTS: HeldOutLosses(np.ones(200), weights, users),
        WITHOUT_INTENTS: HeldOutLosses(without, weights, users),
    }

    assert choose(tmp_path, losses) == WITH_INTENTS

    choice = json.loads((tmp_path / CHOICE).read_text())
    assert (choice["gained_by_intents"]["low"] <= 0) == unsure
    text = choice_text(choice)
    assert "200 labels, of 200 users" in text
    assert "+0.0200, 95% CI" in text
    assert ("the interval includes 0" in text) == unsure


def test_a_gain_that_all_labels_share_is_certain_whatever_they_weigh(tmp_path: Path) -> None:
    for name in (WITH_INTENTS, WITHOUT_INTENTS):
        (tmp_path / name).mkdir()
    labels = np.array([1.0, 0.6, 0.3, 0.3], np.float32), np.arange(4)

    choose(
        tmp_path,
        {
            WITH_INTENTS: HeldOutLosses(np.array([1.0, 2.0, 3.0, 4.0]), *labels),
            WITHOUT_INTENTS: HeldOutLosses(np.array([1.5, 2.5, 3.5, 4.5]), *labels),
        },
    )

    gained = json.loads((tmp_path / CHOICE).read_text())["gained_by_intents"]
    assert [gained[limit] for limit in ("mean", "low", "high")] == pytest.approx([0.5] * 3)
