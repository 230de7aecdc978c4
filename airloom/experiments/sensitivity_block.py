"""The part of the report that shows what one user or one order does to the result."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from airloom.experiments.analysis import Analysis
from airloom.experiments.capping import NO_CAP, Cap
from airloom.experiments.effects import Effect
from airloom.experiments.metrics import Metric, metric_named
from airloom.experiments.plots import format_interval
from airloom.experiments.sensitivity import EffectReading
from airloom.html_report.blocks import callout, prose, table
from airloom.html_report.numbers import format_number, format_percent

LABELS: Final[Mapping[EffectReading, str]] = {
    EffectReading.CAPPED: "capped: decides",
    EffectReading.WITHOUT_TOP_USER: "capped, without the user on top: must agree",
    EffectReading.UNCAPPED: "not capped",
    EffectReading.WITHOUT_LARGEST_ORDER: "not capped, without the largest order",
}


def sensitivity_block(analysis: Analysis) -> str:
    """Return the primary metric's effect read in several ways, and what the cap did."""
    metric = metric_named(analysis.settings.primary)
    rows = [
        [treatment, LABELS[reading], *_cells(effect)]
        for treatment, effects in analysis.readings.items()
        for reading, effect in effects.items()
    ]
    head = ["treatment", f"{metric.label}, read", "change", "always-valid interval", "p"]
    warnings = [
        callout(
            f"{treatment}: capped and not capped point in different directions. A few users have most of "
            f"{metric.label}; look at them before you act.",
            tone="warn",
        )
        for treatment, effects in analysis.readings.items()
        if _disagree(effects)
    ]
    explained = prose(cap_sentence(analysis.caps[metric.name], metric, analysis))
    return explained + "".join(warnings) + table(head, rows)


def cap_sentence(cap: Cap, metric: Metric, analysis: Analysis) -> str:
    """Return what the cap of the primary metric is and whom it concerns."""
    quantile, currency = analysis.settings.cap_quantile, analysis.outcomes.currency
    if quantile == NO_CAP:
        return f"{metric.label} is not capped (cap_quantile is 1): a few users may make the result."
    if not math.isfinite(cap.numerator):
        return f"{metric.label} is not capped: fewer than two users have any."
    money = metric.unit == "money"
    limit = f"{cap.numerator:,.2f} {currency}".strip() if money else format_number(cap.numerator)
    if math.isfinite(cap.denominator):
        limit += f", and the number that it is divided by {format_number(cap.denominator)}"
    return (
        f"What counts of one user is at most {limit}: the {quantile:g} quantile of the users of all variants "
        f"who have any, as planned. {cap.users:,} of {analysis.outcomes.users.num_rows:,} users have more."
    )


def _cells(effect: Effect | None) -> list[str]:
    if effect is None:
        return ["–", "–", "–"]
    return [
        format_percent(effect.relative, signed=True),
        format_interval(effect.always_valid_interval),
        f"{effect.p_value:.3g}",
    ]


def _disagree(effects: Mapping[EffectReading, Effect | None]) -> bool:
    capped, plain = effects[EffectReading.CAPPED], effects[EffectReading.UNCAPPED]
    return capped is not None and plain is not None and (capped.relative > 0) != (plain.relative > 0)
