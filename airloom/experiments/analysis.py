"""The result of an experiment: its variants, their effects, the sample ratio, and a verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from airloom.experiments.effects import Effect, effect_on, moments, plain_value
from airloom.experiments.metrics import METRICS, metric_named
from airloom.experiments.outcomes import Outcomes
from airloom.experiments.readout import ReadoutSettings

BETTER: Final = "better"
WORSE: Final = "worse"
NO_DIFFERENCE: Final = "no difference shown"
NOT_ENOUGH: Final = "not enough data"
INVALID: Final = "invalid: sample ratio mismatch"

FEWEST_USERS: Final = 100
"""Users in each variant below which no verdict is given: means of skewed money are far from normal there."""
FEWEST_VALUES: Final = 10
"""Users in each variant whose primary metric must not be zero before a verdict is given."""
MISMATCH: Final = 0.001
"""p-value below which the numbers of users contradict the planned shares."""


@dataclass(frozen=True)
class VariantSummary:
    """One variant.

    Attributes:
        name: What the experiment calls it.
        users: Users who were exposed to it and to no other.
        impressions: Products they were shown.
        degraded: Of these, shown by a fallback of the service instead of the variant's ranker.
        values: Every metric without adjustment, NaN where undefined.
    """

    name: str
    users: int
    impressions: int
    degraded: int
    values: dict[str, float]


@dataclass(frozen=True)
class Analysis:
    """The result of an experiment up to the end of `day`.

    Attributes:
        day: The last day that was counted.
        settings: The plan.
        outcomes: What the numbers were computed from.
        variants: One summary a variant, in the experiment's order.
        effects: One a metric and treatment; a metric that is undefined in a variant has none.
        sample_ratio_p: p-value of the planned shares, NaN without two variants and a user.
        verdicts: One a treatment, in the experiment's order.
    """

    day: date
    settings: ReadoutSettings
    outcomes: Outcomes
    variants: tuple[VariantSummary, ...]
    effects: tuple[Effect, ...]
    sample_ratio_p: float
    verdicts: dict[str, str]

    @property
    def verdict(self) -> str:
        """The verdict; with several treatments, all of them by name."""
        if len(self.verdicts) == 1:
            return next(iter(self.verdicts.values()))
        return "; ".join(f"{name}: {word}" for name, word in self.verdicts.items()) or NOT_ENOUGH

    def effect(self, metric: str, treatment: str) -> Effect | None:
        """The effect of `treatment` on `metric`, if it could be computed."""
        return next((e for e in self.effects if (e.metric, e.treatment) == (metric, treatment)), None)


def analyse(outcomes: Outcomes, settings: ReadoutSettings, day: date) -> Analysis:
    """Compare every treatment with the control.

    With k treatments each interval has level 1 - (1 - confidence) / k. The primary metric's always-valid
    interval decides, because the report is made, and read, every day.
    """
    experiment = settings.experiment
    parts = {v.name: outcomes.users.filter(pc.field("variant") == v.name) for v in experiment.variants}
    sides = {name: moments(users) for name, users in parts.items()}
    alpha = (1 - settings.confidence) / max(1, len(settings.treatments))
    effects = [
        effect_on(
            metric,
            name,
            (sides[experiment.control], sides[name]),
            alpha=alpha,
            tightest_at=settings.planned_user_days,
        )
        for name in settings.treatments
        for metric in METRICS
    ]
    found = tuple(effect for effect in effects if effect is not None)
    ratio_p = _sample_ratio_p(sides, settings)
    verdicts = {}
    for name in settings.treatments:
        primary = next((e for e in found if (e.metric, e.treatment) == (settings.primary, name)), None)
        enough = _enough(settings, parts[experiment.control], parts[name])
        verdicts[name] = INVALID if ratio_p < MISMATCH else _verdict(primary, enough=enough)
    summaries = tuple(
        VariantSummary(
            name,
            users.num_rows,
            pc.sum(users["impressions"], min_count=0).as_py(),
            pc.sum(users["degraded"], min_count=0).as_py(),
            {metric.name: plain_value(metric, sides[name]) for metric in METRICS},
        )
        for name, users in parts.items()
    )
    return Analysis(day, settings, outcomes, summaries, found, ratio_p, verdicts)


def _sample_ratio_p(sides: dict[str, Any], settings: ReadoutSettings) -> float:
    """The smallest p-value of the treatments against the control, times their number."""
    import tea_tasting as tt

    control = settings.experiment.control
    shares = {variant.name: variant.share for variant in settings.experiment.variants}
    values = [
        tt.SampleRatio(shares).analyze(sides, control, name).pvalue
        for name in settings.treatments
        if sides[name].count() + sides[control].count() > 0
    ]
    return min(1.0, min(values) * len(values)) if values else math.nan


def _enough(settings: ReadoutSettings, *parts: pa.Table) -> bool:
    column = metric_named(settings.primary).numerator
    return all(
        users.num_rows >= FEWEST_USERS and users.filter(pc.field(column) != 0).num_rows >= FEWEST_VALUES
        for users in parts
    )


def _verdict(primary: Effect | None, *, enough: bool) -> str:
    if primary is None or not enough:
        return NOT_ENOUGH
    if primary.always_interval.low <= 0 <= primary.always_interval.high:
        return NO_DIFFERENCE
    return BETTER if (primary.relative > 0) == metric_named(primary.metric).higher_is_better else WORSE
