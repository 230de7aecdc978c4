"""How much a treatment moved a metric, with intervals: tea-tasting on the sums over users."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from airloom.experiments.metrics import Metric
from airloom.experiments.sequential import critical_value


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


def total(users: pa.Table, column: str) -> float:
    """The sum of a column, 0 without rows."""
    return float(pc.sum(users[column], min_count=0).as_py())


def plain_value(metric: Metric, users: pa.Table) -> float:
    """The metric without any adjustment, NaN where nothing stands below the line."""
    below = total(users, metric.denominator) if metric.denominator else users.num_rows
    return metric.scale * total(users, metric.numerator) / below if below else math.nan


def effect_on(
    metric: Metric, treatment: str, users: tuple[pa.Table, pa.Table], *, alpha: float, tightest_at: float
) -> Effect | None:
    """Compare the users of the control and of the treatment; None where a side has no positive value.

    Means are adjusted by the covariate (CUPED: Deng, Xu, Kohavi, Walker, "Improving the sensitivity of online
    controlled experiments by utilizing pre-experiment data", WSDM 2013). The variance of a ratio is that of
    the delta method (Deng, Knoblich, Lu, "Applying the delta method in metric analytics", KDD 2018).

    Args:
        metric: What to compare.
        treatment: Name of the treatment.
        users: Rows of the user table: the control's, the treatment's.
        alpha: Chance with which an interval may miss the true effect.
        tightest_at: See `critical_value`.
    """
    if any(part.num_rows < 2 or not plain_value(metric, part) > 0 for part in users):
        return None
    import tea_tasting as tt
    from tea_tasting.aggr import read_aggregates

    covariate = metric.covariate if any(_varies(part, metric.covariate) for part in users) else None
    method = tt.RatioOfMeans(
        metric.numerator, metric.denominator, covariate, confidence_level=1 - alpha, use_t=False
    )
    sums = [read_aggregates(part, None, **method.aggr_cols._asdict()) for part in users]
    result = method.analyze_aggregates(*sums)
    if (
        not min(result.control, result.treatment) > 0
    ):  # a covariate can push the mean of very few users below 0
        return None
    scale = metric.scale
    days = total(users[0], "days") + total(users[1], "days")
    widening = critical_value(days, alpha=alpha, tightest_at=tightest_at) / NormalDist().inv_cdf(
        1 - alpha / 2
    )
    relative = Interval(result.rel_effect_size_ci_lower, result.rel_effect_size_ci_upper)
    return Effect(
        metric=metric.name,
        treatment=treatment,
        control_value=result.control * scale,
        treatment_value=result.treatment * scale,
        absolute=result.effect_size * scale,
        absolute_interval=Interval(result.effect_size_ci_lower * scale, result.effect_size_ci_upper * scale),
        relative=result.rel_effect_size,
        relative_interval=relative,
        always_interval=_widened(relative, widening),
        p_value=result.pvalue,
    )


def _varies(users: pa.Table, column: str | None) -> bool:
    return column is not None and pc.count_distinct(users[column]).as_py() > 1


def _widened(relative: Interval, factor: float) -> Interval:
    """Widen on the logarithmic scale, on which tea-tasting's relative interval is symmetric."""
    low, high = math.log1p(relative.low), math.log1p(relative.high)
    middle, half = (low + high) / 2, (high - low) / 2 * factor
    return Interval(math.expm1(middle - half), math.expm1(middle + half))
