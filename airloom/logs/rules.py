"""How strict validation is: the thresholds that a platform may set for its own logs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LogRules:
    """Thresholds of the log validation.

    Attributes:
        max_quarantined_fraction: Greatest share of a day's rows that may go to quarantine.
        min_volume_fraction: Least share of the trailing days' median number of events that a day must have.
        trailing_days: How many delivered days before a day make up that median.
        sparse_rows: A share of fewer rows than this says nothing and stops nothing.
        sparse_volume: Nor does a median volume of fewer rows than this.
        max_price: Greatest price that is not a mistake, in any currency.
        rows_at_once: How many rows are held in memory and checked together.
    """

    max_quarantined_fraction: float = 0.05
    min_volume_fraction: float = 0.3
    trailing_days: int = 7
    sparse_rows: int = 100
    sparse_volume: int = 1_000
    max_price: float = 1e7
    rows_at_once: int = 500_000
