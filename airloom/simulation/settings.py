"""The dials of the sample world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from airloom.errors import AirloomError


@dataclass(frozen=True)
class WorldSettings:
    """Size, period and seed of a world; everything else follows from them.

    Attributes:
        shoppers: The one dial of size: about 20 events a shopper and day.
        history_days: Days of logs before the first served page.
        served_days: Days on which shoppers request pages.
        start: The first day of logs.
        seed: The same seed gives the same world, byte for byte.
    """

    shoppers: int = 3000
    history_days: int = 14
    served_days: int = 3
    start: date = date(2026, 3, 2)
    seed: int = 7

    def __post_init__(self) -> None:
        if self.shoppers < 1 or self.history_days < 1 or self.served_days < 0 or not 0 <= self.seed < 2**63:
            raise AirloomError(
                f"No world has {self.shoppers} shoppers, {self.history_days} days of history, "
                f"{self.served_days} served days and seed {self.seed}",
                do="Set shoppers and history_days to 1 or more, served_days to 0 or more, seed to 0..2^63-1",
            )

    @property
    def days(self) -> int:
        """All days of the world: history, then served."""
        return self.history_days + self.served_days

    @property
    def history(self) -> list[date]:
        """The days of logs before the first served page, ascending."""
        return [self.start + timedelta(days=day) for day in range(self.history_days)]

    @property
    def served(self) -> list[date]:
        """The days on which shoppers request pages, ascending."""
        return [self.start + timedelta(days=day) for day in range(self.history_days, self.days)]

    def day_number(self, day: date) -> int:
        """Return the number of days since the start.

        Raises:
            AirloomError: The day is not one of this world.
        """
        number = (day - self.start).days
        if not 0 <= number < self.days:
            raise AirloomError(
                f"The sample world has no day {day}: it runs from {self.start} to "
                f"{self.start + timedelta(days=self.days - 1)}",
                do="Ask for one of these days or set more history_days or served_days",
            )
        return number
