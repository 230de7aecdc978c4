from __future__ import annotations

import pytest

from airloom.beyond_log.recall import RecallMeasurement
from airloom.ranking.evaluation.intervals import Estimate
from components.train_generator.gate import judge

ABOVE, UNSURE, BELOW = Estimate(0.2, 0.1, 0.3), Estimate(0.1, -0.1, 0.3), Estimate(-0.2, -0.3, -0.1)


def measured(**lead: Estimate) -> RecallMeasurement:
    leads = {"item_cf": BELOW, "popularity_matched_random": ABOVE, "another_users": ABOVE} | lead
    return RecallMeasurement(100, 50, {"generated": Estimate(0.3, 0.2, 0.4)}, leads)


def test_a_generator_below_item_cf_may_pass_and_the_reason_says_so() -> None:
    decision = judge(measured())
    assert decision.passed
    assert "To item_cf: -0.2000 [-0.3000, -0.1000], which the ranker judges" in decision.reason


@pytest.mark.parametrize("control", ["popularity_matched_random", "another_users"])
@pytest.mark.parametrize("lead", [UNSURE, BELOW])
def test_a_generator_that_is_not_shown_to_be_above_a_control_fails(control: str, lead: Estimate) -> None:
    decision = judge(measured(**{control: lead}))
    assert not decision.passed
    assert f"not shown to be above {control}" in decision.reason
