"""A model is only served if it is shown to beat everything that costs less."""

from __future__ import annotations

import numpy as np
import pytest

from airloom.assistant.evaluation.controls import BM25, EMBEDDING
from airloom.assistant.rft.gate import BASE, RIVALS, RULES, TUNED, tuning_gate
from airloom.ranking.evaluation.intervals import Resampling

BETTER = np.tile([1.0, 0.5], 100)
WORSE = np.tile([0.5, 0.5], 100)
GROUPS = np.arange(200)


def test_one_that_leads_all_rivals_may_be_served() -> None:
    gate = tuning_gate(dict.fromkeys(RIVALS, WORSE) | {TUNED: BETTER}, GROUPS, Resampling())

    assert gate.shown
    assert gate.leads[RULES].mean == pytest.approx(0.25)
    assert "may be served" in gate.sentence()


@pytest.mark.parametrize("rival", [RULES, BASE, BM25, EMBEDDING])
def test_one_rival_that_is_not_beaten_keeps_it_out(rival: str) -> None:
    gate = tuning_gate(dict.fromkeys(RIVALS, WORSE) | {rival: BETTER, TUNED: BETTER}, GROUPS, Resampling())

    assert not gate.shown
    assert gate.sentence() == f"The model is not shown to beat {rival}: it stays out."


def test_a_lead_by_chance_is_none() -> None:
    noisy = WORSE.copy()
    noisy[0] = 1.0

    assert not tuning_gate(dict.fromkeys(RIVALS, WORSE) | {TUNED: noisy}, GROUPS, Resampling()).shown


def test_requests_of_one_group_are_one_witness() -> None:
    """A lead that half of two groups show is none, however many requests they have."""
    halves = np.repeat([0, 1], 100)
    leading = np.where(halves, 1.0, 0.5)

    assert tuning_gate(dict.fromkeys(RIVALS, WORSE) | {TUNED: leading}, GROUPS, Resampling()).shown
    assert not tuning_gate(dict.fromkeys(RIVALS, WORSE) | {TUNED: leading}, halves, Resampling()).shown
