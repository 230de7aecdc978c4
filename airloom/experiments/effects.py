"""How much a treatment moved a metric, with intervals: tea-tasting on moments over users."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa

from airloom.experiments.metrics import Metric
from airloom.experiments.sequential import critical_value

if TYPE_CHECKING:
    from tea_tasting.aggr import Aggregates

LARGEST: Final = 1e6
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
        absolute_interval: Holds if the analysis is looked at once.
        relative: Their ratio minus 1.
        relative_interval: Holds if the analysis is looked at once.
        always_interval: Of the relative effect; holds however often it is looked at.
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
    always_interval: Interval
    p_value: float


def moments(users: pa.Table) -> Aggregates:
    """Count, means, variances and covariances of all numbers of the user table, in tea-tasting's form."""
    from tea_tasting.aggr import Aggregates

    names = sorted(field.name for field in users.schema if not pa.types.is_string(field.type))
    values = np.stack([users[name].to_numpy().astype(np.float64) for name in names])
    count = values.shape[1]
    means = values.mean(axis=1) if count else np.zeros(len(names))
    spread = np.cov(values) if count > 1 else np.zeros((len(names), len(names)))
    return Aggregates(
        count_=count,
        mean_=dict(zip(names, means.tolist(), strict=True)),
        var_=dict(zip(names, spread.diagonal().tolist(), strict=True)),
        cov_={
            (one, other): float(spread[row, column])
            for row, one in enumerate(names)
            for column, other in enumerate(names)
            if row < column
        },
    )


def plain_value(metric: Metric, side: Aggregates) -> float:
    """The metric without any adjustment, NaN where nothing stands below the line."""
    below = side.mean(metric.denominator) if metric.denominator else float(side.count() > 0)
    return float(metric.scale * side.mean(metric.numerator) / below) if below else math.nan


def effect_on(
    metric: Metric, treatment: str, sides: tuple[Aggregates, Aggregates], *, alpha: float, tightest_at: float
) -> Effect | None:
    """Compare the control's users with the treatment's.

    None where a side has no positive value, or where so few users leave an interval without bounds.

    Means are adjusted by the covariate (CUPED: Deng, Xu, Kohavi, Walker, "Improving the sensitivity of online
    controlled experiments by utilizing pre-experiment data", WSDM 2013). The variance of a ratio is that of
    the delta method (Deng, Knoblich, Lu, "Applying the delta method in metric analytics", KDD 2018).

    Args:
        metric: What to compare.
        treatment: Name of the treatment.
        sides: The `moments` of the control's users and of the treatment's.
        alpha: Chance with which an interval may miss the true effect.
        tightest_at: See `critical_value`.
    """
    if any(side.count() < 2 or not plain_value(metric, side) > 0 for side in sides):
        return None
    import tea_tasting as tt

    covariate = metric.covariate
    if covariate is not None and not any(side.var(covariate) > 0 for side in sides):
        covariate = None
    method = tt.RatioOfMeans(
        metric.numerator, metric.denominator, covariate, confidence_level=1 - alpha, use_t=False
    )
    result = method.analyze_aggregates(*sides)
    if not min(result.control, result.treatment) > 0:
        return None  # a covariate can push the mean of very few users below 0
    scale = metric.scale
    days = sum(side.count() * side.mean("days") for side in sides)
    widening = critical_value(days, alpha=alpha, tightest_at=tightest_at)
    widening /= NormalDist().inv_cdf(1 - alpha / 2)
    relative = Interval(result.rel_effect_size_ci_lower, result.rel_effect_size_ci_upper)
    always = _widened(relative, widening)
    if always is None or not math.isfinite(result.pvalue):
        return None
    return Effect(
        metric=metric.name,
        treatment=treatment,
        control_value=result.control * scale,
        treatment_value=result.treatment * scale,
        absolute=result.effect_size * scale,
        absolute_interval=Interval(result.effect_size_ci_lower * scale, result.effect_size_ci_upper * scale),
        relative=result.rel_effect_size,
        relative_interval=relative,
        always_interval=always,
        p_value=result.pvalue,
    )


def _widened(relative: Interval, factor: float) -> Interval | None:
    """Widen on the logarithmic scale, on which tea-tasting's relative interval is symmetric.

    None where the result would reach beyond `LARGEST`, as it does when very few users differ very much.
    """
    if not -1 < relative.low <= relative.high < LARGEST:
        return None
    low, high = math.log1p(relative.low), math.log1p(relative.high)
    middle, half = (low + high) / 2, (high - low) / 2 * factor
    if middle + half > math.log1p(LARGEST):
        return None
    return Interval(math.expm1(middle - half), math.expm1(middle + half))
