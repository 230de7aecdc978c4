from __future__ import annotations

import dataclasses
import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from airloom.experiments.analysis import analyze
from airloom.experiments.effects import Interval
from airloom.experiments.outcomes import read_outcomes
from airloom.experiments.readout import AnalysisSettings
from airloom.experiments.report import experiment_report
from airloom.experiments.results import Lift, as_results, read_headline
from airloom.html_report.numbers import format_percent
from tests.offline_browser import OfflineBrowser

from .conftest import SmallPlatform, simulated

DAY = date(2026, 3, 16)


def test_the_results_of_a_known_experiment(settings: AnalysisSettings) -> None:
    known = dataclasses.replace(settings, truth=0.25)
    results = as_results(analyze(simulated(7, users=2000, lift=0.25), known, DAY))
    assert json.loads(json.dumps(results, allow_nan=False)) == results
    assert results["verdict"] == "better"
    assert results["true_lift"] == 0.25
    assert list(results["variants"]) == ["item_cf", "air"]
    assert sum(variant["users"] for variant in results["variants"].values()) == 2000
    assert results["lift"] == results["effects"]["air"]["gmv_per_user"]["relative"]
    low, high = results["lift_ci"]
    assert low < results["lift"] < high
    assert results["lift_always_valid_ci"][0] < low


def test_an_older_reader_still_has_its_keys(settings: AnalysisSettings) -> None:
    results = as_results(analyze(simulated(7, users=2000, lift=0.25), settings, DAY))
    assert results["gmv_per_user_lift"] == results["lift"]
    assert results["ci"] == results["lift_ci"]
    assert results["always_valid_ci"] == results["lift_always_valid_ci"]
    assert results["contaminated"] == results["multi_variant_users"]


@pytest.mark.parametrize(("primary", "label"), [("ctr", "CTR"), ("orders_per_user", "Orders per user")])
def test_everything_follows_the_primary_metric(settings: AnalysisSettings, primary: str, label: str) -> None:
    chosen = dataclasses.replace(settings, primary=primary)
    analysis = analyze(simulated(7, users=2000, lift=0.25), chosen, DAY)
    results = as_results(analysis)
    assert (results["primary"], results["lift"]) == (primary, results["effects"]["air"][primary]["relative"])
    assert results["gmv_per_user_lift"] == results["effects"]["air"]["gmv_per_user"]["relative"]
    html = experiment_report(analysis)
    change = format_percent(results["lift"], signed=True)
    assert f"{label} over time</h2>" in html
    assert "GMV per user over time" not in html
    assert f"air against item_cf: {analysis.verdict}; {label} {change}" in html
    assert f"The primary metric, {label}, decides." in html
    headline = read_headline(json.loads(json.dumps(results)))
    assert (headline.metric.name, headline.verdict) == (primary, analysis.verdict)
    assert headline.lift is not None
    assert headline.lift.relative == results["lift"]


def test_the_headline_of_an_older_release_is_about_gmv_per_user() -> None:
    older = {"gmv_per_user_lift": 0.2, "ci": [0.1, 0.3], "always_valid_ci": [0.0, 0.4], "verdict": "better"}
    headline = read_headline(older | {"true_lift": None})
    assert headline.metric.name == "gmv_per_user"
    assert headline.lift == Lift(0.2, Interval(0.1, 0.3), Interval(0.0, 0.4))


def test_a_primary_metric_that_cannot_be_estimated_gives_a_report_without_a_lift(
    settings: AnalysisSettings,
) -> None:
    chosen = dataclasses.replace(settings, primary="cvr")
    outcomes = simulated(7)
    index = outcomes.users.column_names.index("page_orders")
    users = outcomes.users.set_column(index, "page_orders", pa.array([0] * len(outcomes.users)))
    analysis = analyze(outcomes._replace(users=users), chosen, DAY)
    results = as_results(analysis)
    assert (results["verdict"], results["lift"], results["lift_ci"]) == ("not enough data", None, None)
    assert results["gmv_per_user_lift"] is not None
    assert read_headline(results).lift is None
    assert "CVR over time</h2>" in experiment_report(analysis)


def test_a_report_without_exposures_says_so(platform: SmallPlatform, settings: AnalysisSettings) -> None:
    analysis = analyze(read_outcomes(platform.deliver(), settings, DAY), settings, DAY)
    html = experiment_report(analysis)
    assert "There is no experiment data up to 2026-03-16." in html
    assert analysis.verdict == "not enough data"
    assert as_results(analysis)["lift"] is None
    assert "No user has seen exactly one variant of home-ranking from 2026-03-10 to 2026-03-16." in html


def test_the_report_prints_the_truth_beside_the_estimate(settings: AnalysisSettings) -> None:
    known = dataclasses.replace(settings, truth=0.25)
    analysis = analyze(simulated(7, users=2000, lift=0.25), known, DAY)
    html = experiment_report(analysis)
    assert "air against item_cf: better" in html
    assert "+25.0 %" in html
    assert html.count("<svg") == 2
    assert html == experiment_report(analysis)


@pytest.mark.parametrize("share", [0.3, 0.5])
def test_the_report_says_whether_the_shares_are_as_planned(settings: AnalysisSettings, share: float) -> None:
    html = experiment_report(analyze(simulated(1, share=share), settings, DAY))
    assert ("contradict the planned shares" in html) == (share == 0.3)


def test_the_report_is_whole_without_a_network(
    settings: AnalysisSettings, browser: OfflineBrowser, tmp_path: Path
) -> None:
    page = browser.open_html(experiment_report(analyze(simulated(1), settings, DAY)), tmp_path)
    assert page.wrong == []


def test_one_user_gives_a_report(platform: SmallPlatform, settings: AnalysisSettings) -> None:
    platform.show("ann", "air", 0, "bed")
    html = experiment_report(analyze(read_outcomes(platform.deliver(), settings, DAY), settings, DAY))
    assert "not enough data" in html


def test_a_first_day_with_too_few_users_for_any_effect_gives_a_report_and_results(
    platform: SmallPlatform, settings: AnalysisSettings
) -> None:
    for user, variant, spent in (("ann", "air", 1e-6), ("bob", "air", 1e6), ("cat", "item_cf", 1e-6)):
        platform.show(user, variant, 0, "bed")
        platform.order(user, 1, "bed", spent)
    for user, spent in (("dan", 1e-6), ("eve", 1e-6)):
        platform.show(user, "item_cf", 0, "bed")
        platform.order(user, 1, "bed", spent)
    analysis = analyze(read_outcomes(platform.deliver(), settings, DAY), settings, DAY)
    assert analysis.effect("gmv_per_user", "air") is None
    assert as_results(analysis)["lift_always_valid_ci"] is None
    assert json.dumps(as_results(analysis), allow_nan=False)
    assert "not enough data" in experiment_report(analysis)
