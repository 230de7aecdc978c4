"""How much a treatment moved a metric, with intervals: tea-tasting on aggregates over users."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from statistics import NormalDist
from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa

from airloom.experiments.metrics import METRICS, Metric
from airloom.experiments.sequential import critical_value

if TYPE_CHECKING:
    from tea_tasting.aggr import Aggregates

MAX_RELATIVE: Final = 1e6
"""An interval that reaches further than a millionfold says no more than that there are too few users."""


class Interval(NamedTuple):
    """From low to high."""

    low: float
    high: float


@dataclass(frozen=True)
class Effect:
    """How one treatment moved one metric.

    Attributes:
        metric: Name of the metric.
        treatment: Name of the variant that is compared with the control.
        control_value: The metric in the control, adjusted by the covariate.
        treatment_value: The same in the treatment.
        absolute: Their difference.
        absolute_interval: Fixed-date interval: holds if the analysis is looked at once, on a planned day.
        relative: Their ratio minus 1.
        relative_interval: Fixed-date interval of the ratio minus 1.
        always_valid_interval: Of the ratio minus 1; holds however often the analysis is looked at.
        p_value: Two-sided.
    """

    metric: str
    treatment: str
    control_value: float
    treatment_value: float
    absolute: float
    absolute_interval: Interval
    relative: float
    relative_interval: Interval
    always_valid_interval: Interval
    p_value: float


def aggregate(users: pa.Table, metrics: Sequence[Metric] = METRICS) -> Aggregates:
    """Return the count, means, variances and covariances over users that `metrics` need."""
    import tea_tasting as tt
    from tea_tasting.aggr import Aggregates, read_aggregates

    methods = (tt.RatioOfMeans(m.numerator, m.denominator, m.covariate) for m in metrics)
    needed = reduce(or_, (method.aggr_cols for method in methods))
    means = [*needed.mean_cols, "days"]
    if not users.num_rows:
        zeros = dict.fromkeys(means, 0.0)
        return Aggregates(0, zeros, zeros, dict.fromkeys(needed.cov_cols, 0.0))
    # tea-tasting's own `group_col` would add up in several threads, in another order each time
    return read_aggregates(
        users, None, has_count=True, mean_cols=means, var_cols=needed.var_cols, cov_cols=needed.cov_cols
    )


def unadjusted_value(metric: Metric, users: Aggregates) -> float:
    """Return the metric without any adjustment by a covariate; NaN where its denominator is 0."""
    denominator = users.mean(metric.denominator) if metric.denominator else float(users.count() > 0)
    return float(metric.value(users.mean(metric.numerator), denominator))


def estimate_effect(
    metric: Metric,
    treatment: str,
    *,
    control: Aggregates,
    treated: Aggregates,
    alpha: float,
    tightest_at: float,
) -> Effect | None:
    """Return the effect of a treatment on a metric.

    None where a variant has no positive value, or where so few users leave an interval without bounds.

    Means are adjusted by the covariate (CUPED: Deng, Xu, Kohavi, Walker, "Improving the sensitivity of online
    controlled experiments by utilizing pre-experiment data", WSDM 2013). The variance of a ratio is that of
    the delta method (Deng, Knoblich, Lu, "Applying the delta method in metric analytics", KDD 2018).

    Args:
        metric: What to compare.
        treatment: Name of the treatment.
        control: The control's users.
        treated: The treatment's users.
        alpha: Probability with which an interval may miss the true effect.
        tightest_at: See `critical_value`.
    """
    both = (control, treated)
    if any(users.count() < 2 or not unadjusted_value(metric, users) > 0 for users in both):
        return None
    import tea_tasting as tt

    covariate = metric.covariate
    if covariate is not None and not any(users.var(covariate) > 0 for users in both):
        covariate = None
    method = tt.RatioOfMeans(
        metric.numerator, metric.denominator, covariate, confidence_level=1 - alpha, use_t=False
    )
    result = method.analyze_aggregates(control, treated)
    if not min(result.control, result.treatment) > 0:
        return None  # a covariate can push the mean of very few users below 0
    scale = metric.scale
    user_days = sum(users.count() * users.mean("days") for users in both)
    widening = critical_value(user_days, alpha=alpha, tightest_at=tightest_at)
    widening /= NormalDist().inv_cdf(1 - alpha / 2)
    absolute = Interval(result.effect_size_ci_lower, result.effect_size_ci_upper)
    relative = Interval(result.rel_effect_size_ci_lower, result.rel_effect_size_ci_upper)
    always_valid = _widened(relative, widening)
    if always_valid is None or not math.isfinite(result.pvalue):
        return None
    half = (absolute.high - absolute.low) / 2 * widening
    absolute_always_valid = Interval(result.effect_size - half, result.effect_size + half)
    return Effect(
        metric=metric.name,
        treatment=treatment,
        control_value=result.control * scale,
        treatment_value=result.treatment * scale,
        absolute=result.effect_size * scale,
        absolute_interval=Interval(absolute.low * scale, absolute.high * scale),
        relative=result.rel_effect_size,
        relative_interval=_no_surer(relative, absolute, result.control),
        always_valid_interval=_no_surer(always_valid, absolute_always_valid, result.control),
        p_value=result.pvalue,
    )


def _no_surer(relative: Interval, absolute: Interval, control: float) -> Interval:
    """Return the interval of the ratio, which holds 0 if that of the difference does.

    Where a few users make the error as large as the mean, the logarithm of the ratio is far from normal, and
    its interval excludes 0 beside a large p-value. It is then extended by the difference's own.
    """
    if absolute.low <= 0 <= absolute.high and not relative.low <= 0 <= relative.high:
        low, high = max(absolute.low / control, -1.0), absolute.high / control
        return Interval(min(relative.low, low), max(relative.high, high))
    return relative


def _widened(relative: Interval, factor: float) -> Interval | None:
    """Return `relative` widened on the logarithmic scale, on which tea-tasting's interval is symmetric.

    None where the result would reach beyond `MAX_RELATIVE`, as it does when very few users differ very much.
    """
    if not -1 < relative.low <= relative.high < MAX_RELATIVE:
        return None
    low, high = math.log1p(relative.low), math.log1p(relative.high)
    middle, half = (low + high) / 2, (high - low) / 2 * factor
    if middle + half > math.log1p(MAX_RELATIVE):
        return None
    return Interval(math.expm1(middle - half), math.expm1(middle + half))
