"""The result of an experiment as a dictionary, for JSON and for other programs."""

from __future__ import annotations

import math
from typing import Any

from airloom.experiments.analysis import Analysis
from airloom.experiments.effects import Effect


def as_results(analysis: Analysis) -> dict[str, Any]:
    """Everything that was measured; undefined numbers are None, effects are relative to the control.

    `gmv_per_user_lift`, `ci` and `always_valid_ci` are those of the first treatment.
    """
    settings = analysis.settings
    first = settings.treatments[0] if settings.treatments else ""
    gmv = analysis.effect("gmv_per_user", first)
    return {
        "experiment": settings.experiment.name,
        "first_day": settings.first_day.isoformat(),
        "day": analysis.day.isoformat(),
        "control": settings.experiment.control,
        "primary": settings.primary,
        "confidence": settings.confidence,
        "verdict": analysis.verdict,
        "verdicts": analysis.verdicts,
        "srm_p": _defined(analysis.sample_ratio_p),
        "contaminated": analysis.outcomes.contaminated,
        "unpriced_orders": analysis.outcomes.unpriced,
        "currency": analysis.outcomes.currency,
        "gmv_per_user_lift": gmv.relative if gmv else None,
        "ci": list(gmv.relative_interval) if gmv else None,
        "always_valid_ci": list(gmv.always_interval) if gmv else None,
        "true_lift": settings.truth,
        "variants": {
            variant.name: {
                "users": variant.users,
                "impressions": variant.impressions,
                "degraded_impressions": variant.degraded,
                **{name: _defined(value) for name, value in variant.values.items()},
            }
            for variant in analysis.variants
        },
        "effects": {
            name: {effect.metric: _effect(effect) for effect in analysis.effects if effect.treatment == name}
            for name in settings.treatments
        },
    }


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "control": effect.control_value,
        "treatment": effect.treatment_value,
        "absolute": effect.absolute,
        "absolute_ci": list(effect.absolute_interval),
        "relative": effect.relative,
        "relative_ci": list(effect.relative_interval),
        "always_valid_ci": list(effect.always_interval),
        "p_value": effect.p_value,
    }


def _defined(value: float) -> float | None:
    return None if math.isnan(value) else value
