"""One metric of one treatment against the control, as the plan of the experiment says."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from airloom.experiments.effects import Effect, aggregate, estimate_effect
from airloom.experiments.metrics import Metric
from airloom.experiments.readout import AnalysisSettings


def compare(users: pa.Table, settings: AnalysisSettings, metric: Metric, treatment: str) -> Effect | None:
    """Return the effect of a treatment on a metric; None where it cannot be computed.

    Args:
        users: The users of all variants, with the values that count.
        settings: The plan.
        metric: What to compare.
        treatment: The variant that is compared with the control.
    """
    control, treated = (
        aggregate(users.filter(pc.field("variant") == name), (metric,))
        for name in (settings.experiment.control, treatment)
    )
    return estimate_effect(
        metric,
        treatment,
        control=control,
        treated=treated,
        alpha=settings.alpha,
        tightest_at=settings.planned_user_days,
    )
