"""The primary metric read in other ways: whether one user or one order makes the result."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.experiments.capping import capped
from airloom.experiments.comparison import compare
from airloom.experiments.effects import Effect
from airloom.experiments.metrics import Metric, metric_named
from airloom.experiments.readout import AnalysisSettings

LARGEST_ORDER: Final[Mapping[str, str]] = {"gmv": "largest_order", "page_gmv": "largest_page_order"}
"""The column with the value of a user's largest order, by the column that it is part of."""


class EffectReading(StrEnum):
    """A way to read the primary metric; the values are public (keys of the JSON)."""

    CAPPED = "capped"
    WITHOUT_TOP_USER = "without_top_user"
    UNCAPPED = "uncapped"
    WITHOUT_LARGEST_ORDER = "without_largest_order"


def readings(
    users: pa.Table, settings: AnalysisSettings, treatment: str
) -> dict[EffectReading, Effect | None]:
    """Return the primary metric's effect in every way that applies to it; None where it cannot be computed.

    `CAPPED` is as planned. `WITHOUT_TOP_USER` is likewise, without the user who has the most in the variant
    that is ahead, who is the only one who could put it ahead alone. The others are not capped.

    Args:
        users: The users of all variants.
        settings: The plan.
        treatment: The variant that is compared with the control.
    """
    metric = metric_named(settings.primary)

    def as_planned(those: pa.Table) -> Effect | None:
        return compare(capped(those, metric, quantile=settings.cap_quantile)[0], settings, metric, treatment)

    effect = as_planned(users)
    ahead = treatment if effect is None or effect.relative > 0 else settings.experiment.control
    effects = {
        EffectReading.CAPPED: effect,
        EffectReading.WITHOUT_TOP_USER: as_planned(_without_top_user(users, metric, ahead)),
        EffectReading.UNCAPPED: compare(users, settings, metric, treatment),
    }
    if metric.numerator in LARGEST_ORDER:
        rest = _without_largest_order(users, metric, (settings.experiment.control, treatment))
        effects[EffectReading.WITHOUT_LARGEST_ORDER] = compare(rest, settings, metric, treatment)
    return effects


def _without_top_user(users: pa.Table, metric: Metric, variant: str) -> pa.Table:
    values = np.abs(_of_variants(users, metric.numerator, (variant,)))
    others = np.ones(len(values), bool)
    if np.isfinite(values).any():
        others[np.nanargmax(values)] = False
    return users.filter(pa.array(others))


def _without_largest_order(users: pa.Table, metric: Metric, variants: tuple[str, str]) -> pa.Table:
    """Return the users as if the largest order of two variants had not been made."""
    kept = _of_variants(users, metric.numerator, variants)  # an order may have been returned
    orders = np.fmin(_of_variants(users, LARGEST_ORDER[metric.numerator], variants), kept)
    if not np.nanmax(orders, initial=0) > 0:
        return users
    top = int(np.nanargmax(orders))
    removed = {metric.numerator: float(orders[top])}
    if metric.denominator == "orders":
        removed["orders"] = 1.0
    for name, amount in removed.items():
        values = users[name].to_numpy().astype(np.float64)
        values[top] -= amount
        users = users.set_column(users.column_names.index(name), name, pa.array(values))
    return users


def _of_variants(users: pa.Table, column: str, variants: tuple[str, ...]) -> NDArray[np.float64]:
    """Return a column as numbers, NaN for users of other variants."""
    theirs = pc.is_in(users["variant"], value_set=pa.array(variants, pa.string())).to_numpy()
    return np.where(theirs, users[column].to_numpy().astype(np.float64), np.nan)
