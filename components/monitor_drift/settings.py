"""How drift is judged."""

from __future__ import annotations

from dataclasses import dataclass

from airloom.errors import AirloomError


@dataclass(frozen=True)
class DriftSettings:
    """What a day is compared with, and from where on a change counts.

    Attributes:
        reference_days: Days before the day that make up the reference; 7 hold every weekday once.
        rows: Most rows of a table that are compared, drawn by a hash of the row, so always the same ones.
        fewest_rows: Values that a column needs on both sides to be checked at all.
        number_threshold: Wasserstein distance, in standard deviations, from which a number has drifted.
        category_threshold: Population stability index from which a category has drifted.
        alarm_share: Share of the checked columns that must drift to raise the alarm.
    """

    reference_days: int = 7
    rows: int = 20_000
    fewest_rows: int = 100
    number_threshold: float = 0.2
    category_threshold: float = 0.2
    alarm_share: float = 0.3

    def __post_init__(self) -> None:
        if min(self.reference_days, self.rows, self.fewest_rows) < 1 or not 0 < self.alarm_share <= 1:
            raise AirloomError(
                f"DriftSettings: reference_days {self.reference_days}, rows {self.rows} or fewest_rows "
                f"{self.fewest_rows} is below 1, or alarm_share {self.alarm_share} is not in (0, 1]",
                do="Correct these settings; the defaults suit most platforms",
            )
