from __future__ import annotations

import numpy as np
import pytest

from airloom.assistant.evaluation.comparison import ALL, ASSISTANT, Mean, compare, slices_of
from airloom.assistant.evaluation.evaluate import Evaluation
from airloom.assistant.evaluation.request_case import RequestCase
from airloom.ranking.evaluation.intervals import Resampling

NONE = np.empty(0, np.int32)
CASES = [
    RequestCase("a", "explicit", 1, "", NONE, None, {}),
    RequestCase("b", "explicit", 2, "", NONE, None, {}),
    RequestCase("c", "implicit", None, "", NONE, None, {}),
]
NAN = float("nan")


def evaluation(hits: list[float]) -> Evaluation:
    return Evaluation(
        {"hit": np.array(hits), "unknown": np.full(3, NAN)}, {"all": np.array([0.001, 0.002, 0.003])}
    )


def mean_of(means: tuple[Mean, ...], answerer: str, where: str) -> Mean:
    [mean] = [mean for mean in means if (mean.answerer, mean.where) == (answerer, where)]
    return mean


def test_slices_are_all_the_kinds_and_the_numbers_of_conditions() -> None:
    assert {name: inside.tolist() for name, inside in slices_of(CASES).items()} == {
        ALL: [True, True, True],
        "explicit": [True, True, False],
        "implicit": [False, False, True],
        "explicit, 1 conditions": [True, False, False],
        "explicit, 2 conditions": [False, True, False],
    }


def test_requests_about_which_a_metric_says_nothing_are_left_out() -> None:
    evaluations = {ASSISTANT: evaluation([1, 0, NAN]), "control": evaluation([0, 0, NAN])}
    comparison = compare(CASES, evaluations, Resampling(resamples=50))
    mean = mean_of(comparison.means, ASSISTANT, ALL)
    assert (mean.metric, mean.requests, mean.estimate.mean) == ("hit", 2, 0.5)
    assert not [mean for mean in comparison.means if mean.where == "implicit" or mean.metric == "unknown"]


def test_differences_are_the_assistants_minus_the_controls_request_by_request() -> None:
    evaluations = {ASSISTANT: evaluation([1, 0, 1]), "control": evaluation([0, 0, 0])}
    comparison = compare(CASES, evaluations, Resampling(resamples=50))
    explicit = mean_of(comparison.differences, "control", "explicit")
    assert explicit.estimate.mean == 0.5
    assert mean_of(comparison.differences, "control", "implicit").estimate == (1.0, 1.0, 1.0)
    assert {mean.answerer for mean in comparison.differences} == {"control"}


def test_a_share_of_independent_requests_has_the_interval_of_wilson() -> None:
    comparison = compare(CASES, {ASSISTANT: evaluation([0, 0, 0])}, Resampling(resamples=50))
    estimate = mean_of(comparison.means, ASSISTANT, ALL).estimate
    assert (estimate.mean, estimate.low) == (0.0, 0.0)
    assert estimate.high > 0.5  # three requests do not show that it never happens


def test_requests_of_one_group_are_resampled_together() -> None:
    grouped = [case._replace(group="the same") for case in CASES]
    comparison = compare(grouped, {ASSISTANT: evaluation([1, 0, 1])}, Resampling(resamples=50))
    estimate = mean_of(comparison.means, ASSISTANT, ALL).estimate
    assert estimate.low == estimate.high == estimate.mean  # there is nothing else to draw


def test_groups_that_all_agree_leave_a_doubt() -> None:
    grouped = [case._replace(group=group) for case, group in zip(CASES, "aab", strict=True)]
    estimate = mean_of(
        compare(grouped, {ASSISTANT: evaluation([0, 0, 0])}, Resampling(resamples=50)).means, ASSISTANT, ALL
    ).estimate
    assert (estimate.mean, estimate.low) == (0.0, 0.0)
    assert estimate.high == pytest.approx(0.658, abs=0.001)  # as of two requests


def test_all_numbers_are_written() -> None:
    comparison = compare(CASES, {ASSISTANT: evaluation([1, 0, 1])}, Resampling(resamples=50))
    written = comparison.to_json()
    assert len(written["means"]) == len(comparison.means)
    assert written["means"][0]["estimate"].keys() == {"mean", "low", "high"}
    assert written["milliseconds"][ASSISTANT]["all"]["p50"] == 2.0
