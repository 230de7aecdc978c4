from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scipy.stats import binom  # type: ignore[import-untyped]  # has no stubs

from airloom.errors import AirloomError
from airloom.experiments.analysis import Analysis, ExperimentVerdict, analyze
from airloom.experiments.effects import Effect, aggregate, estimate_effect
from airloom.experiments.experiment import Experiment, Variant
from airloom.experiments.metrics import metric_named
from airloom.experiments.outcomes import Outcomes
from airloom.experiments.readout import AnalysisSettings
from airloom.settings import as_dict, parse

from .conftest import FIRST_DAY, simulated

DAY = date(2026, 3, 16)


def analysis_of(settings: AnalysisSettings, seed: int, **world: Any) -> Analysis:
    return analyze(simulated(seed, **world), settings, DAY)


def compared(name: str, seed: int, **world: Any) -> Effect:
    users = simulated(seed, **world).users
    control, treated = (
        aggregate(users.filter(pc.field("variant") == variant)) for variant in ("item_cf", "air")
    )
    effect = estimate_effect(
        metric_named(name), "air", control=control, treated=treated, alpha=0.05, tightest_at=10_000
    )
    assert effect is not None
    return effect


@pytest.mark.parametrize("name", ["gmv_per_user", "gpm", "cvr"])
def test_an_effect_that_does_not_exist_is_reported_no_more_often_than_promised(name: str) -> None:
    """Of 300 experiments without an effect each metric misses 0 in about 15, by the binomial law."""
    effects = [compared(name, seed, users=600) for seed in range(300)]
    low, high = binom.ppf([0.0005, 0.9995], 300, 0.05)
    assert low <= sum(not e.relative_interval.low <= 0 <= e.relative_interval.high for e in effects) <= high


def test_a_known_lift_is_recovered() -> None:
    effects = [compared("gmv_per_user", seed, users=4000, lift=0.3) for seed in range(60)]
    assert np.mean([effect.relative for effect in effects]) == pytest.approx(0.3, abs=0.02)
    covered = sum(e.relative_interval.low <= 0.3 <= e.relative_interval.high for e in effects)
    assert covered >= binom.ppf(0.0005, 60, 0.95)


@pytest.mark.parametrize(
    ("lift", "users", "verdict"),
    [
        (0.5, 4000, ExperimentVerdict.BETTER),
        (-0.5, 4000, ExperimentVerdict.WORSE),
        (0.0, 4000, ExperimentVerdict.NO_DIFFERENCE),
        (0.5, 150, ExperimentVerdict.NOT_ENOUGH_DATA),
    ],
)
def test_the_verdict(settings: AnalysisSettings, lift: float, users: int, verdict: str) -> None:
    assert analysis_of(settings, 1, lift=lift, users=users).verdict == verdict


def test_a_sample_ratio_mismatch_makes_the_verdict_invalid(settings: AnalysisSettings) -> None:
    analysis = analysis_of(settings, 1, lift=0.5, users=4000, share=0.45)
    assert analysis.sample_ratio_p < 1e-6
    assert analysis.verdict == ExperimentVerdict.SAMPLE_RATIO_MISMATCH


def test_healthy_sample_ratios_are_seldom_called_mismatches(settings: AnalysisSettings) -> None:
    values = np.asarray([analysis_of(settings, seed, users=400).sample_ratio_p for seed in range(60)])
    assert (values < 0.05).sum() <= binom.ppf(0.9995, 60, 0.05)
    assert (values < 0.001).sum() <= 1


def test_planned_shares_need_not_be_equal() -> None:
    variants = (Variant("item_cf", 0.8, "item_cf"), Variant("air", 0.2, "air"))
    settings = AnalysisSettings(Experiment("home-ranking", variants, "1", "item_cf"), FIRST_DAY)
    assert analysis_of(settings, 1, users=4000, share=0.2).sample_ratio_p > 0.001
    assert analysis_of(settings, 1, users=4000, share=0.5).verdict == ExperimentVerdict.SAMPLE_RATIO_MISMATCH


def test_the_order_of_the_users_does_not_matter(settings: AnalysisSettings) -> None:
    outcomes = simulated(1, lift=0.2)
    shuffled = outcomes.users.take(np.random.default_rng(0).permutation(len(outcomes.users)))
    there, back = (analyze(outcomes._replace(users=u), settings, DAY) for u in (outcomes.users, shuffled))
    for one, other in zip(there.effects, back.effects, strict=True):
        assert one.relative == pytest.approx(other.relative, rel=1e-9)
        assert one.relative_interval == pytest.approx(other.relative_interval, rel=1e-9)


def test_three_variants_share_the_error_and_are_judged_one_by_one(settings: AnalysisSettings) -> None:
    variants = (Variant("item_cf", 0.4, "item_cf"), Variant("air", 0.3, "air"), Variant("new", 0.3, "air"))
    three = AnalysisSettings(Experiment("home-ranking", variants, "1", "item_cf"), FIRST_DAY)
    users = simulated(1, users=5000, lift=0.6, share=0.6).users
    names = np.asarray(users["variant"].to_pylist(), dtype=object)
    names[np.flatnonzero(names == "air")[::2]] = "new"
    users = users.set_column(users.column_names.index("variant"), "variant", pa.array(names.tolist()))
    analysis = analyze(simulated(1)._replace(users=users), three, DAY)
    assert analysis.verdict == "air: better; new: better"
    only = analyze(simulated(1)._replace(users=users.filter(pa.array(names != "new"))), settings, DAY)
    pair, single = analysis.effect("gmv_per_user", "air"), only.effect("gmv_per_user", "air")
    assert pair is not None
    assert single is not None
    assert pair.absolute_interval.low < single.absolute_interval.low


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_almost_no_users_is_not_an_error(settings: AnalysisSettings, rows: int) -> None:
    outcomes = simulated(1)
    analysis = analyze(outcomes._replace(users=outcomes.users.slice(0, rows)), settings, DAY)
    assert analysis.verdict == ExperimentVerdict.NOT_ENOUGH_DATA


def test_users_who_bought_nothing_are_not_an_error(settings: AnalysisSettings) -> None:
    outcomes = without_orders(simulated(1))
    analysis = analyze(outcomes, settings, DAY)
    assert analysis.verdict == ExperimentVerdict.NOT_ENOUGH_DATA
    assert analysis.effect("gmv_per_user", "air") is None
    assert analysis.effect("ctr", "air") is not None


def test_one_variant_alone_compares_with_nothing() -> None:
    alone = AnalysisSettings(Experiment("home-ranking", (Variant("air", 1.0, "air"),), "1", "air"), FIRST_DAY)
    analysis = analyze(simulated(1, share=1.0), alone, DAY)
    assert (analysis.verdict, analysis.effects) == (ExperimentVerdict.NOT_ENOUGH_DATA, ())


def test_settings_travel_as_a_dictionary(settings: AnalysisSettings) -> None:
    assert parse(AnalysisSettings, as_dict(settings)) == settings


@pytest.mark.parametrize("change", [{"primary": "joy"}, {"confidence": 1.0}, {"covariate_days": -1}])
def test_settings_that_make_no_sense_are_refused(
    settings: AnalysisSettings, change: dict[str, object]
) -> None:
    with pytest.raises(AirloomError):
        parse(AnalysisSettings, as_dict(settings) | change)


def without_orders(outcomes: Outcomes) -> Outcomes:
    users = outcomes.users
    for name in ("orders", "gmv", "page_orders", "page_gmv"):
        index = users.column_names.index(name)
        users = users.set_column(index, name, pa.array(np.zeros(len(users)), users.schema.field(index).type))
    return outcomes._replace(users=users)
