"""The result of an experiment as JSON for other programs, and its headline read back from there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from airloom.experiments.analysis import Analysis
from airloom.experiments.capping import Cap
from airloom.experiments.effects import Effect, Interval
from airloom.experiments.metrics import Metric, metric_named
from airloom.experiments.surfaces import on_surfaces

GMV: Final = "gmv_per_user"
"""The metric of the keys `gmv_per_user_lift`, `ci` and `always_valid_ci`, all that an older release wrote."""


class Lift(NamedTuple):
    """A relative change against the control.

    Attributes:
        relative: 0.1 for 10% more.
        ci: Fixed-date interval.
        always_valid_ci: Holds however often it is looked at.
    """

    relative: float
    ci: Interval
    always_valid_ci: Interval


@dataclass(frozen=True)
class Headline:
    """What an experiment showed, in a few figures: the first treatment's effect on the primary metric.

    Attributes:
        metric: The primary metric.
        control: Name of the variant that the treatment is compared with.
        treatment: Name of the first treatment, empty if there is none.
        confidence: Level of the intervals.
        verdict: A verdict; with several treatments, all of them by name.
        lift: None if it could not be estimated.
        true_lift: Where a simulation knows it.
    """

    metric: Metric
    control: str
    treatment: str
    confidence: float
    verdict: str
    lift: Lift | None
    true_lift: float | None


def read_headline(results: Mapping[str, Any]) -> Headline:
    """Return the headline of what `as_results` wrote, or an older release, which knew only GMV per user."""
    prefix = "" if "lift" in results else "gmv_per_user_"
    relative = results[f"{prefix}lift"]
    ci, always_valid_ci = ("ci", "always_valid_ci") if prefix else ("lift_ci", "lift_always_valid_ci")
    return Headline(
        metric=metric_named(results.get("primary", GMV)),
        control=results.get("control", "item_cf"),
        treatment=results.get("treatment", "air"),
        confidence=results.get("confidence", 0.95),
        verdict=results["verdict"],
        lift=None
        if relative is None
        else Lift(relative, Interval(*results[ci]), Interval(*results[always_valid_ci])),
        true_lift=results["true_lift"],
    )


def as_results(analysis: Analysis) -> dict[str, Any]:
    """Return everything that was measured; undefined numbers are None, effects are relative to the control.

    `lift`, `lift_ci` and `lift_always_valid_ci` are the first treatment's effect on the primary metric. All
    `effects` are capped; `caps` says where, `sensitivity` has the primary effect read in other ways. For
    one release `gmv_per_user_lift`, `ci` and `always_valid_ci` are still given, which are about GMV per user
    whatever the primary metric is, and `contaminated`, which is `multi_variant_users`.
    """
    settings, outcomes = analysis.settings, analysis.outcomes
    treatment = settings.treatments[0] if settings.treatments else ""
    primary, gmv = analysis.primary_effect(treatment), analysis.effect(GMV, treatment)
    return {
        "experiment": settings.experiment.name,
        "first_day": outcomes.first_day.isoformat(),
        "day": analysis.day.isoformat(),
        "control": settings.experiment.control,
        "treatment": treatment,
        "primary": settings.primary,
        "confidence": settings.confidence,
        "verdict": analysis.verdict,
        "verdicts": {name: verdict.value for name, verdict in analysis.verdicts.items()},
        "srm_p": _defined(analysis.sample_ratio_p),
        "multi_variant_users": outcomes.multi_variant_users,
        "contaminated": outcomes.multi_variant_users,
        "unpriced_orders": outcomes.unpriced,
        "currency": outcomes.currency,
        "lift": primary.relative if primary else None,
        "lift_ci": list(primary.relative_interval) if primary else None,
        "lift_always_valid_ci": list(primary.always_valid_interval) if primary else None,
        "gmv_per_user_lift": gmv.relative if gmv else None,
        "ci": list(gmv.relative_interval) if gmv else None,
        "always_valid_ci": list(gmv.always_valid_interval) if gmv else None,
        "true_lift": settings.truth,
        "cap_quantile": settings.cap_quantile,
        "caps": {name: _cap(cap) for name, cap in analysis.caps.items()},
        "sensitivity": {
            name: {reading: _effect(effect) if effect else None for reading, effect in effects.items()}
            for name, effects in analysis.readings.items()
        },
        "variants": {
            variant.name: {
                "users": variant.users,
                "impressions": variant.impressions,
                "degraded_impressions": variant.degraded,
                **{name: _defined(value) for name, value in variant.values.items()},
            }
            for variant in analysis.variants
        },
        "surfaces": [
            {
                "surface": own.surface,
                "variant": own.variant,
                "users": own.users,
                "impressions": own.impressions,
                **{name: _defined(value) for name, value in own.values.items()},
            }
            for own in on_surfaces(outcomes.surfaces)
        ],
        "effects": {
            name: {effect.metric: _effect(effect) for effect in analysis.effects if effect.treatment == name}
            for name in settings.treatments
        },
    }


def _effect(effect: Effect) -> dict[str, float | Sequence[float]]:
    return {
        "control": effect.control_value,
        "treatment": effect.treatment_value,
        "absolute": effect.absolute,
        "absolute_ci": list(effect.absolute_interval),
        "relative": effect.relative,
        "relative_ci": list(effect.relative_interval),
        "always_valid_ci": list(effect.always_valid_interval),
        "p_value": effect.p_value,
    }


def _cap(cap: Cap) -> dict[str, float | int | None]:
    return {
        "numerator": cap.numerator if math.isfinite(cap.numerator) else None,
        "denominator": cap.denominator if math.isfinite(cap.denominator) else None,
        "users": cap.users,
    }


def _defined(value: float) -> float | None:
    return None if math.isnan(value) else value
