from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binom  # type: ignore[import-untyped]  # has no stubs

from airloom.experiments.capping import NO_CAP, Cap, capped
from airloom.experiments.effects import aggregate, estimate_effect
from airloom.experiments.metrics import metric_named

GMV = metric_named("gmv_per_user")


def users_with(**columns: list[float]) -> pa.Table:
    (size, *_) = (len(values) for values in columns.values())
    names = ("gmv", "gmv_before", "orders", "page_clicks", "impressions")
    return pa.table({name: pa.array(columns.get(name, [0.0] * size), pa.float64()) for name in names})


def test_the_top_user_counts_no_more_than_the_next() -> None:
    users, cap = capped(users_with(gmv=[0.0, 5.0, 7.0, 1e9]), GMV, quantile=0.99)
    assert users["gmv"].to_pylist() == [0.0, 5.0, 7.0, 7.0]
    assert cap == Cap(7.0, math.inf, 1)


def test_the_cap_is_a_quantile_of_the_users_who_have_any() -> None:
    values = [0.0] * 10_000 + [float(number) for number in range(1, 101)]
    _, cap = capped(users_with(gmv=values), GMV, quantile=0.9)
    assert (cap.numerator, cap.users) == (90.0, 10)


def test_a_loss_is_capped_like_a_gain() -> None:
    users, _ = capped(users_with(gmv=[3.0, 4.0, 5.0, -1e9]), GMV, quantile=0.99)
    assert users["gmv"].to_pylist() == [3.0, 4.0, 5.0, -5.0]


def test_the_past_is_capped_by_its_own() -> None:
    users, cap = capped(users_with(gmv=[1.0, 1.0, 1.0], gmv_before=[2.0, 3.0, 1e9]), GMV, quantile=0.99)
    assert users["gmv_before"].to_pylist() == [2.0, 3.0, 3.0]
    assert cap.users == 0


def test_a_ratio_keeps_each_users_own_ratio() -> None:
    """Somebody with 3,000 pages weighs no more than the next, but clicks on as large a share of them."""
    impressions, clicks = [10.0, 20.0, 30.0, 3000.0], [1.0, 2.0, 6.0, 300.0]
    users, cap = capped(
        users_with(impressions=impressions, page_clicks=clicks), metric_named("ctr"), quantile=0.99
    )
    assert users["impressions"].to_pylist() == [10.0, 20.0, 30.0, 30.0]
    assert users["page_clicks"].to_pylist() == [1.0, 2.0, 3.0, 3.0]
    assert cap == Cap(3.0, 30.0, 2)


@pytest.mark.parametrize("values", [[], [0.0, 0.0], [0.0, 1e9]])
def test_fewer_than_two_users_who_have_any_are_not_capped(values: list[float]) -> None:
    users = users_with(gmv=values) if values else users_with(gmv=[0.0]).slice(0, 0)
    counted, cap = capped(users, GMV, quantile=0.99)
    assert counted["gmv"].to_pylist() == values
    assert cap == Cap(math.inf, math.inf, 0)


def test_a_ratio_of_fewer_than_two_users_who_have_any_is_kept() -> None:
    """On a first morning: the limit of the denominator is infinite, and infinity by infinity is no number."""
    users, cap = capped(
        users_with(impressions=[0.0, 10.0], page_clicks=[0.0, 2.0]), metric_named("ctr"), quantile=0.99
    )
    assert (users["impressions"].to_pylist(), users["page_clicks"].to_pylist()) == ([0.0, 10.0], [0.0, 2.0])
    assert cap == Cap(math.inf, math.inf, 0)


def test_a_plan_without_a_cap_caps_nothing() -> None:
    users = users_with(gmv=[5.0, 7.0, 1e9])
    assert capped(users, GMV, quantile=NO_CAP) == (users, Cap(math.inf, math.inf, 0))


def test_heavy_tails_raise_no_more_false_alarms_than_promised_at_any_look() -> None:
    """Spending without a variance (Pareto, exponent 1.2), no effect, four looks at 120 experiments."""
    rng = np.random.default_rng(3)
    alarms = 0
    for _ in range(120):
        spent = rng.pareto(1.2, 1200) * (rng.random(1200) < 0.4)
        treated = rng.random(1200) < 0.5
        table = users_with(gmv=spent.tolist()).append_column("days", pa.array(np.ones(1200)))
        alarms += any(raises_alarm(table.slice(0, look), treated[:look]) for look in (300, 600, 900, 1200))
    assert alarms <= binom.ppf(0.9995, 120, 0.05)


def raises_alarm(users: pa.Table, treated: np.ndarray) -> bool:
    counted, _ = capped(users, GMV, quantile=0.99)
    control, treatment = (aggregate(counted.filter(pa.array(side)), (GMV,)) for side in (~treated, treated))
    effect = estimate_effect(GMV, "air", control=control, treated=treatment, alpha=0.05, tightest_at=1200)
    return effect is not None and not (
        effect.always_valid_interval.low <= 0 <= effect.always_valid_interval.high
    )
