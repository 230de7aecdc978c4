"""One user does not decide, and the readings show what one user or one order does."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from airloom.experiments.analysis import Analysis, ExperimentVerdict, analyze
from airloom.experiments.outcomes import read_outcomes
from airloom.experiments.readout import AnalysisSettings
from airloom.experiments.report import experiment_report
from airloom.experiments.results import as_results
from airloom.experiments.sensitivity import EffectReading, readings

from .conftest import SmallPlatform, simulated

DAY = date(2026, 3, 16)
WHALE = 9_999_999.0


def analysis_with(
    settings: AnalysisSettings,
    changed: dict[str, float],
    *,
    of: str = "air",
    users: int = 300,
    lift: float = 0.0,
) -> Analysis:
    """An experiment in which one user of a variant has other values."""
    outcomes = simulated(1, users=users, lift=lift)
    table = outcomes.users
    one = table["variant"].to_pylist().index(of)
    for name, value in changed.items():
        values = table[name].to_numpy().astype(np.float64)
        values[one] = value
        table = table.set_column(table.column_names.index(name), name, pa.array(values))
    return analyze(outcomes._replace(users=table), settings, DAY)


def whale(settings: AnalysisSettings, *, of: str = "air", users: int = 300, lift: float = 0.0) -> Analysis:
    return analysis_with(settings, {"gmv": WHALE, "largest_order": WHALE}, of=of, users=users, lift=lift)


def test_one_order_does_not_make_a_variant_better(settings: AnalysisSettings) -> None:
    analysis = whale(settings)
    plain = analyze(simulated(1, users=300), settings, DAY)
    assert analysis.verdict == plain.verdict == ExperimentVerdict.NO_DIFFERENCE
    effect, without = analysis.primary_effect("air"), plain.primary_effect("air")
    assert effect is not None
    assert without is not None
    assert effect.relative == pytest.approx(without.relative, abs=0.1)
    assert analysis.caps["gmv_per_user"].numerator < 1000


@pytest.mark.parametrize("of", ["air", "item_cf"])
def test_one_order_does_not_hide_what_all_others_show(settings: AnalysisSettings, of: str) -> None:
    assert whale(settings, of=of, users=4000, lift=0.5).verdict == ExperimentVerdict.BETTER


def test_no_interval_excludes_zero_beside_a_large_p(settings: AnalysisSettings) -> None:
    for reading, effect in whale(settings).readings["air"].items():
        assert effect is not None, reading
        for interval in (effect.relative_interval, effect.always_valid_interval):
            assert interval.low <= 0 <= interval.high, reading
    uncapped = whale(settings).readings["air"][EffectReading.UNCAPPED]
    assert uncapped is not None
    assert uncapped.relative > 10
    assert uncapped.p_value > 0.2


def test_the_largest_order_can_be_left_out(settings: AnalysisSettings) -> None:
    effects = whale(settings).readings["air"]
    rest, uncapped = effects[EffectReading.WITHOUT_LARGEST_ORDER], effects[EffectReading.UNCAPPED]
    assert rest is not None
    assert uncapped is not None
    assert abs(rest.relative) < 0.5 < uncapped.relative


def test_an_order_that_was_returned_is_no_largest_order(settings: AnalysisSettings) -> None:
    analysis = analysis_with(settings, {"gmv": 0.0, "largest_order": WHALE})
    rest = analysis.readings["air"][EffectReading.WITHOUT_LARGEST_ORDER]
    assert rest is not None
    assert abs(rest.relative) < 0.5


@pytest.mark.parametrize("ahead", ["air", "item_cf"])
def test_the_top_user_of_the_variant_that_is_ahead_is_left_out(
    settings: AnalysisSettings, ahead: str
) -> None:
    users = simulated(1, users=300).users
    is_ahead = np.array(users["variant"].to_pylist()) == ahead
    gmv = users["gmv"].to_numpy() * np.where(is_ahead, 3.0, 1.0)
    users = users.set_column(users.column_names.index("gmv"), "gmv", pa.array(gmv))
    others = np.arange(len(gmv)) != np.argmax(np.where(is_ahead, gmv, -1.0))
    without = readings(users.filter(pa.array(others)), settings, "air")[EffectReading.CAPPED]
    assert readings(users, settings, "air")[EffectReading.WITHOUT_TOP_USER] == without


def test_a_bot_decides_no_other_metric_either(settings: AnalysisSettings) -> None:
    chosen = dataclasses.replace(settings, primary="ctr")
    bot = {"impressions": 5e6, "page_clicks": 4e6}
    assert analysis_with(chosen, bot).verdict == ExperimentVerdict.NO_DIFFERENCE
    views = dataclasses.replace(settings, primary="ipv_per_user")
    assert analysis_with(views, {"clicks": 200_000.0}).verdict == ExperimentVerdict.NO_DIFFERENCE


def test_a_plan_without_a_cap_still_lets_nobody_decide_alone(settings: AnalysisSettings) -> None:
    """Without a cap a single user who carries the difference is left out, and takes it along."""
    uncapped = dataclasses.replace(settings, cap_quantile=1.0)
    assert whale(uncapped).verdict == ExperimentVerdict.NO_DIFFERENCE


def test_a_metric_that_is_no_money_has_no_largest_order(settings: AnalysisSettings) -> None:
    chosen = dataclasses.replace(settings, primary="orders_per_user")
    assert set(readings(simulated(1).users, chosen, "air")) == {
        EffectReading.CAPPED,
        EffectReading.WITHOUT_TOP_USER,
        EffectReading.UNCAPPED,
    }


def test_page_and_json_show_all_readings_and_the_cap(settings: AnalysisSettings) -> None:
    analysis = whale(settings, of="item_cf", users=4000, lift=0.5)
    html, results = experiment_report(analysis), as_results(analysis)
    assert "Does one user or one order make it?</h2>" in html
    assert "capped, without the user on top: must agree" in html
    assert "not capped, without the largest order" in html
    assert "air: capped and not capped point in different directions." in html
    cap = results["caps"]["gmv_per_user"]
    assert f"{cap['users']} of 4,000 users have more." in html
    assert results["cap_quantile"] == 0.99
    sensitivity = results["sensitivity"]["air"]
    assert list(sensitivity) == ["capped", "without_top_user", "uncapped", "without_largest_order"]
    assert sensitivity["capped"]["relative"] == results["lift"] > 0.2
    assert sensitivity["uncapped"]["relative"] < -0.9


def test_largest_orders_come_from_the_logs(platform: SmallPlatform, settings: AnalysisSettings) -> None:
    request = platform.show("ann", "air", 0, "bed")
    platform.order("ann", 1, "bed", 20.0, quantity=3, request_id=request)
    platform.order("ann", 2, "rope", 70.0)
    platform.order("ann", -5, "tent", 500.0)
    (row,) = read_outcomes(platform.deliver(), settings, DAY).users.to_pylist()
    assert (row["largest_order"], row["largest_page_order"]) == (70.0, 60.0)
