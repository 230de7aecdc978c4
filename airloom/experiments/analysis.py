"""The result of an experiment: its variants, their effects, the sample ratio, and a verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from airloom.experiments.capping import Cap, capped
from airloom.experiments.comparison import compare
from airloom.experiments.effects import Effect, aggregate, unadjusted_value
from airloom.experiments.metrics import METRICS, metric_named
from airloom.experiments.outcomes import Outcomes
from airloom.experiments.readout import AnalysisSettings
from airloom.experiments.sensitivity import EffectReading, readings

if TYPE_CHECKING:
    from tea_tasting.aggr import Aggregates

MIN_USERS: Final = 100
"""Users in each variant below which no verdict is given: means of skewed money are far from normal there."""
MIN_NONZERO_USERS: Final = 10
"""Users in each variant whose primary metric must not be zero before a verdict is given."""
MIN_SAMPLE_RATIO_P: Final = 0.001
"""p-value below which the numbers of users contradict the planned shares (sample ratio mismatch)."""


class ExperimentVerdict(StrEnum):
    """What an experiment says about one treatment; the values are public (JSON, pipeline output)."""

    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE = "no difference shown"
    NOT_ENOUGH_DATA = "not enough data"
    SAMPLE_RATIO_MISMATCH = "invalid: sample ratio mismatch"


@dataclass(frozen=True)
class VariantSummary:
    """One variant.

    Attributes:
        name: What the experiment calls it.
        users: Users who were exposed to it and to no other.
        impressions: Products they were shown.
        degraded: Of these, shown by a fallback instead of the variant's ranker, or without stored history.
        values: Every metric without adjustment, NaN where undefined.
    """

    name: str
    users: int
    impressions: int
    degraded: int
    values: Mapping[str, float]


@dataclass(frozen=True)
class Analysis:
    """The result of an experiment up to the end of `day`.

    Attributes:
        day: The last day that was counted.
        settings: The plan.
        outcomes: What the numbers were computed from.
        variants: One summary a variant, in the experiment's order.
        effects: One a metric and treatment, capped; a metric that is undefined in a variant has none.
        caps: The cap of each metric, by name.
        readings: The primary metric's effect in several ways, by treatment.
        sample_ratio_p: p-value of the planned shares, NaN without two variants and a user.
        verdicts: One a treatment, in the experiment's order.
    """

    day: date
    settings: AnalysisSettings
    outcomes: Outcomes
    variants: tuple[VariantSummary, ...]
    effects: tuple[Effect, ...]
    caps: Mapping[str, Cap]
    readings: Mapping[str, Mapping[EffectReading, Effect | None]]
    sample_ratio_p: float
    verdicts: Mapping[str, ExperimentVerdict]

    @property
    def verdict(self) -> str:
        """The verdict; with several treatments, all of them by name."""
        if len(self.verdicts) == 1:
            return next(iter(self.verdicts.values())).value
        listed = "; ".join(f"{treatment}: {verdict}" for treatment, verdict in self.verdicts.items())
        return listed or ExperimentVerdict.NOT_ENOUGH_DATA.value

    def effect(self, metric: str, treatment: str) -> Effect | None:
        """Return the effect of `treatment` on `metric`, if it could be computed."""
        return next((e for e in self.effects if (e.metric, e.treatment) == (metric, treatment)), None)

    def primary_effect(self, treatment: str) -> Effect | None:
        """Return the effect of `treatment` on the primary metric, if it could be computed."""
        return self.effect(self.settings.primary, treatment)


def analyze(outcomes: Outcomes, settings: AnalysisSettings, day: date) -> Analysis:
    """Compare every treatment with the control.

    With k treatments each interval has level 1 - (1 - confidence) / k. The primary metric's always-valid
    interval decides, because the report is made, and read, every day: capped, and again without the user on
    top, so that nobody decides alone.
    """
    experiment, control = settings.experiment, settings.experiment.control
    users = {v.name: outcomes.users.filter(pc.field("variant") == v.name) for v in experiment.variants}
    aggregates = {name: aggregate(table) for name, table in users.items()}
    effects, caps = _effects(outcomes.users, settings)
    read = {name: readings(outcomes.users, settings, name) for name in settings.treatments}
    sample_ratio_p = _sample_ratio_p(aggregates, settings)
    return Analysis(
        day=day,
        settings=settings,
        outcomes=outcomes,
        variants=tuple(_summary(name, users[name], aggregates[name]) for name in users),
        effects=effects,
        caps=caps,
        readings=read,
        sample_ratio_p=sample_ratio_p,
        verdicts={
            name: ExperimentVerdict.SAMPLE_RATIO_MISMATCH
            if sample_ratio_p < MIN_SAMPLE_RATIO_P
            else _verdict(read[name], enough_data=_enough_data(settings.primary, users[control], users[name]))
            for name in settings.treatments
        },
    )


def _effects(users: pa.Table, settings: AnalysisSettings) -> tuple[tuple[Effect, ...], dict[str, Cap]]:
    counted = {metric: capped(users, metric, quantile=settings.cap_quantile) for metric in METRICS}
    estimates = (
        compare(values, settings, metric, name)
        for name in settings.treatments
        for metric, (values, _) in counted.items()
    )
    effects = tuple(effect for effect in estimates if effect is not None)
    return effects, {metric.name: cap for metric, (_, cap) in counted.items()}


def _summary(name: str, users: pa.Table, aggregates: Aggregates) -> VariantSummary:
    return VariantSummary(
        name,
        users.num_rows,
        pc.sum(users["impressions"], min_count=0).as_py(),
        pc.sum(users["degraded"], min_count=0).as_py(),
        {metric.name: unadjusted_value(metric, aggregates) for metric in METRICS},
    )


def _sample_ratio_p(aggregates: Mapping[str, Aggregates], settings: AnalysisSettings) -> float:
    """Return the smallest p-value of the treatments against the control, times their number (Bonferroni)."""
    import tea_tasting as tt

    control = settings.experiment.control
    shares = {variant.name: variant.share for variant in settings.experiment.variants}
    values = [
        tt.SampleRatio(shares).analyze(dict(aggregates), control, name).pvalue
        for name in settings.treatments
        if aggregates[name].count() + aggregates[control].count() > 0
    ]
    return min(1.0, min(values) * len(values)) if values else math.nan


def _enough_data(primary: str, *variants: pa.Table) -> bool:
    column = metric_named(primary).numerator
    return all(
        users.num_rows >= MIN_USERS and users.filter(pc.field(column) != 0).num_rows >= MIN_NONZERO_USERS
        for users in variants
    )


def _verdict(effects: Mapping[EffectReading, Effect | None], *, enough_data: bool) -> ExperimentVerdict:
    """Return the verdict: a difference is one with and without the user on top."""
    primary, without_top = effects[EffectReading.CAPPED], effects[EffectReading.WITHOUT_TOP_USER]
    if primary is None or without_top is None or not enough_data:
        return ExperimentVerdict.NOT_ENOUGH_DATA
    if any(e.always_valid_interval.low <= 0 <= e.always_valid_interval.high for e in (primary, without_top)):
        return ExperimentVerdict.NO_DIFFERENCE
    if (primary.relative > 0) != (without_top.relative > 0):
        return ExperimentVerdict.NO_DIFFERENCE
    is_good = (primary.relative > 0) == metric_named(primary.metric).higher_is_better
    return ExperimentVerdict.BETTER if is_good else ExperimentVerdict.WORSE
