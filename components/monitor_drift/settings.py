"""How drift is measured, and when it raises the alarm."""

from __future__ import annotations

from dataclasses import dataclass, field

from airloom.errors import AirloomError
from airloom.settings import formerly


@dataclass(frozen=True)
class DriftSettings:
    """What a day is compared with, and from which distance on a column has drifted.

    Attributes:
        reference_days: Days before the day that make up the reference; 7 hold every weekday once.
        rows: Maximum of compared rows of a table, or of cards, drawn by a hash, so always the same ones.
        min_rows: Values that a column needs on both sides to be checked at all.
        number_threshold: Wasserstein distance, in standard deviations, from which a number has drifted.
        category_threshold: Population stability index from which a category has drifted.
        alarm_share: Share of the checked columns, without those of cards, that must drift to raise the alarm.
    """

    reference_days: int = 7
    rows: int = 20_000
    min_rows: int = field(default=100, metadata=formerly("fewest_rows"))
    number_threshold: float = 0.2
    category_threshold: float = 0.2
    alarm_share: float = 0.3

    def __post_init__(self) -> None:
        if min(self.reference_days, self.rows, self.min_rows) < 1 or not 0 < self.alarm_share <= 1:
            raise AirloomError(
                f"DriftSettings: reference_days {self.reference_days}, rows {self.rows} or min_rows "
                f"{self.min_rows} is below 1, or alarm_share {self.alarm_share} is not in (0, 1]",
                do="Correct these settings; the defaults suit most platforms",
            )
