from __future__ import annotations

import dataclasses
import json
from datetime import date

import pytest

from airloom.experiments.analysis import analyse
from airloom.experiments.outcomes import read_outcomes
from airloom.experiments.readout import ReadoutSettings
from airloom.experiments.report import experiment_page
from airloom.experiments.results import as_results

from .conftest import Platform, simulated

DAY = date(2026, 3, 16)


def test_the_results_of_a_known_experiment(settings: ReadoutSettings) -> None:
    known = dataclasses.replace(settings, truth=0.25)
    results = as_results(analyse(simulated(7, users=2000, lift=0.25), known, DAY))
    assert json.loads(json.dumps(results, allow_nan=False)) == results
    assert results["verdict"] == "better"
    assert results["true_lift"] == 0.25
    assert list(results["variants"]) == ["item_cf", "air"]
    assert sum(variant["users"] for variant in results["variants"].values()) == 2000
    assert results["gmv_per_user_lift"] == results["effects"]["air"]["gmv_per_user"]["relative"]
    low, high = results["ci"]
    assert low < results["gmv_per_user_lift"] < high
    assert results["always_valid_ci"][0] < low


def test_a_page_without_exposures_says_so(platform: Platform, settings: ReadoutSettings) -> None:
    analysis = analyse(read_outcomes(platform.deliver(), settings, DAY), settings, DAY)
    page = experiment_page(analysis)
    assert "There is no experiment data up to 2026-03-16." in page
    assert analysis.verdict == "not enough data"
    assert as_results(analysis)["gmv_per_user_lift"] is None


def test_the_page_prints_the_truth_beside_the_estimate(settings: ReadoutSettings) -> None:
    known = dataclasses.replace(settings, truth=0.25)
    analysis = analyse(simulated(7, users=2000, lift=0.25), known, DAY)
    page = experiment_page(analysis)
    assert "air against item_cf: better" in page
    assert "+25.0 %" in page
    assert page.count("<svg") == 2
    assert page == experiment_page(analysis)


@pytest.mark.parametrize("share", [0.3, 0.5])
def test_the_page_says_whether_the_shares_are_as_planned(settings: ReadoutSettings, share: float) -> None:
    page = experiment_page(analyse(simulated(1, share=share), settings, DAY))
    assert ("contradict the planned shares" in page) == (share == 0.3)


def test_one_user_gives_a_page(platform: Platform, settings: ReadoutSettings) -> None:
    platform.show("ann", "air", 0, "bed")
    page = experiment_page(analyse(read_outcomes(platform.deliver(), settings, DAY), settings, DAY))
    assert "not enough data" in page


def test_a_first_day_with_too_few_users_for_any_effect_gives_a_page_and_results(
    platform: Platform, settings: ReadoutSettings
) -> None:
    for user, variant, spent in (("ann", "air", 1e-6), ("bob", "air", 1e6), ("cat", "item_cf", 1e-6)):
        platform.show(user, variant, 0, "bed")
        platform.order(user, 1, "bed", spent)
    for user, spent in (("dan", 1e-6), ("eve", 1e-6)):
        platform.show(user, "item_cf", 0, "bed")
        platform.order(user, 1, "bed", spent)
    analysis = analyse(read_outcomes(platform.deliver(), settings, DAY), settings, DAY)
    assert analysis.effect("gmv_per_user", "air") is None
    assert as_results(analysis)["always_valid_ci"] is None
    assert json.dumps(as_results(analysis), allow_nan=False)
    assert "not enough data" in experiment_page(analysis)
