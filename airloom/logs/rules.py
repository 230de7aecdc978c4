"""Thresholds of the log validation, which a platform may set for its own logs."""

from __future__ import annotations

from dataclasses import dataclass

from airloom.errors import AirloomError
from airloom.logs.limits import MAX_PRICE


@dataclass(frozen=True)
class LogRules:
    """Thresholds of the log validation.

    Attributes:
        max_quarantined_fraction: Maximum share of a day's rows that may go to quarantine.
        min_volume_fraction: Minimum number of a day's events, as a share of the trailing days' median.
        trailing_days: The number of delivered days before a day that make up that median.
        sparse_rows: With fewer rows than this on a day, the quarantined share is not checked.
        sparse_volume: With a smaller median than this, the volume is not checked.
        max_price: Maximum plausible price, at most the contract's. The service accepts prices up to the
            contract's, so with a lower one here it may accept what goes to quarantine.
        max_withdrawn_days: How many days of a table may be gone from the landing zone, confirmed by somebody.
            Unconfirmed, three may go at once, but never all of a table; more stop the run.
        rows_at_once: The number of rows that are held in memory and checked together.
    """

    max_quarantined_fraction: float = 0.05
    min_volume_fraction: float = 0.3
    trailing_days: int = 7
    sparse_rows: int = 100
    sparse_volume: int = 1_000
    max_price: float = MAX_PRICE
    max_withdrawn_days: int = 0
    rows_at_once: int = 500_000

    def __post_init__(self) -> None:
        """Check that no threshold is beyond the contract.

        Raises:
            AirloomError: One is.
        """
        if not 0 < self.max_price <= MAX_PRICE:
            raise AirloomError(
                f"max_price is {self.max_price:,.0f}, not above 0 and at most {MAX_PRICE:,.0f}",
                do="Set it within these bounds, which hold for the service's requests too",
            )
