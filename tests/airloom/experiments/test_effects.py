from __future__ import annotations

import json
from dataclasses import asdict
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from airloom.experiments.effects import MAX_RELATIVE, Effect, Interval, _widened, aggregate, estimate_effect
from airloom.experiments.metrics import METRICS, Metric, metric_named

from .conftest import simulated

GMV = metric_named("gmv_per_user")
WITHOUT_COVARIATE = Metric("gmv_per_user", "GMV", numerator="gmv")


def compare(metric: Metric, users: pa.Table) -> Effect:
    effect = estimate(metric, users_of(users, "item_cf"), users_of(users, "air"))
    assert effect is not None
    return effect


def estimate(metric: Metric, control: Any, treated: Any) -> Effect | None:
    return estimate_effect(metric, "air", control=control, treated=treated, alpha=0.05, tightest_at=10_000)


def users_of(users: pa.Table, variant: str) -> Any:
    return aggregate(users.filter(pc.field("variant") == variant))


def width(effect: Effect) -> float:
    return effect.relative_interval.high - effect.relative_interval.low


def test_the_past_makes_the_interval_narrower_and_leaves_the_effect_alone() -> None:
    adjusted = [compare(GMV, simulated(seed, lift=0.2).users) for seed in range(40)]
    plain = [compare(WITHOUT_COVARIATE, simulated(seed, lift=0.2).users) for seed in range(40)]
    assert np.mean([width(e) for e in adjusted]) < 0.85 * np.mean([width(e) for e in plain])
    spread = np.std([a.absolute - p.absolute for a, p in zip(adjusted, plain, strict=True)]) / np.sqrt(40)
    assert abs(np.mean([a.absolute - p.absolute for a, p in zip(adjusted, plain, strict=True)])) < 3 * spread
    assert np.mean([e.relative for e in adjusted]) == pytest.approx(0.2, abs=0.03)


def test_a_covariate_that_tells_nothing_changes_nothing() -> None:
    users = simulated(1, lift=0.1).users
    users = users.set_column(users.column_names.index("gmv_before"), "gmv_before", pa.array([7.0] * 1000))
    assert compare(GMV, users) == compare(WITHOUT_COVARIATE, users)


@pytest.mark.parametrize("name", ["gpm", "ctr", "cvr", "aov"])
def test_the_delta_method_agrees_with_resampling_users(name: str) -> None:
    metric = metric_named(name)
    users = simulated(3, users=1500, lift=0.1).users
    effect = compare(metric, users)
    treated = np.asarray(users["variant"].to_pylist()) == "air"
    above, below = users[metric.numerator].to_numpy(), users[metric.denominator].to_numpy()
    rng = np.random.default_rng(5)

    def resampled(side: np.ndarray) -> np.ndarray:
        picks = rng.choice(np.flatnonzero(side), (1000, side.sum()))
        return metric.scale * above[picks].sum(axis=1) / below[picks].sum(axis=1)

    low, high = np.quantile(resampled(treated) - resampled(~treated), [0.025, 0.975])
    assert effect.absolute_interval.high - effect.absolute_interval.low == pytest.approx(high - low, rel=0.12)
    assert effect.absolute == pytest.approx((low + high) / 2, abs=0.12 * (high - low))


def test_intervals_contain_their_effect_and_the_always_valid_one_contains_the_other() -> None:
    users = simulated(4).users
    for metric in METRICS:
        effect = compare(metric, users)
        assert effect.always_valid_interval.low < effect.relative_interval.low < effect.relative
        assert effect.relative < effect.relative_interval.high < effect.always_valid_interval.high
        assert effect.absolute_interval.low < effect.absolute < effect.absolute_interval.high


def test_a_variant_without_any_sale_has_no_relative_effect() -> None:
    users = simulated(5).users
    unsold = users.set_column(users.column_names.index("gmv"), "gmv", pa.array([0.0] * len(users)))
    control, nothing = users_of(users, "item_cf"), users_of(unsold, "air")
    one, nobody = aggregate(users.slice(0, 1)), aggregate(users.slice(0, 0))
    for pair in ((control, nothing), (nothing, control), (control, one), (control, nobody)):
        assert estimate(GMV, *pair) is None


def test_aggregates_are_those_of_numpy_and_the_same_every_time() -> None:
    users = simulated(6, users=100_000).users
    aggregates = aggregate(users)
    columns = {name: users[name].to_numpy().astype(np.float64) for name in users.column_names[2:]}
    assert aggregates.count() == 100_000
    assert aggregates.mean("days") == pytest.approx(columns["days"].mean(), rel=1e-12)
    for metric in METRICS:
        names = [n for n in (metric.numerator, metric.denominator, metric.covariate) if n is not None]
        for name in names:
            assert aggregates.mean(name) == pytest.approx(columns[name].mean(), rel=1e-12)
            assert aggregates.var(name) == pytest.approx(columns[name].var(ddof=1), rel=1e-12)
        for one, other in combinations(names, 2):
            expected = np.cov(columns[one], columns[other])[0, 1]
            assert aggregates.cov(one, other) == pytest.approx(expected, rel=1e-12)
    assert all(
        (again.mean_, again.var_, again.cov_) == (aggregates.mean_, aggregates.var_, aggregates.cov_)
        for again in (aggregate(users) for _ in range(5))
    )


def three_users(control: list[float], treatment: list[float]) -> tuple[Any, Any]:
    """Control and treatment in an experiment's first hours: what each user spent."""
    variants = []
    for values in (control, treatment):
        columns = {name: pa.array([1.0] * len(values)) for name in simulated(1).users.column_names[2:]}
        variants.append(aggregate(pa.table(columns | {"gmv": pa.array(values)})))
    return variants[0], variants[1]


@pytest.mark.parametrize(
    ("control", "treatment"),
    [
        ([0.0, 1e-9], [0.0, 1e6, 0.0]),
        ([1e-300, 1e-300], [1e-300, 3e-300, 0.0]),
        ([5.0, 5.0], [5.0, 5.0, 5.0]),
        ([1e-9, 40.0, 0.0], [1e12, 1e-9]),
    ],
)
def test_a_handful_of_users_gives_finite_numbers_or_no_effect(
    control: list[float], treatment: list[float]
) -> None:
    variants = three_users(control, treatment)
    for pair in (variants, variants[::-1]):
        with np.errstate(all="ignore"):
            effect = estimate(GMV, *pair)
        assert effect is None or json.dumps(asdict(effect), allow_nan=False)


@pytest.mark.parametrize("low", [-1.0, -0.999999, -0.5])
@pytest.mark.parametrize("high", [0.5, 1e5, 1e308, float("inf"), float("nan")])
@pytest.mark.parametrize("factor", [1.5, 3.0, 1e6])
def test_a_widened_interval_has_bounds_or_is_none(low: float, high: float, factor: float) -> None:
    widened = _widened(Interval(low, high), factor)
    assert widened is None or -1 <= widened.low <= low < high <= widened.high <= MAX_RELATIVE * (1 + 1e-9)
