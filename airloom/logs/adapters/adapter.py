"""The interface of dataset adapters, which land a public dataset as logs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from airloom.logs.lake import Lake


@dataclass(frozen=True)
class DeliveryReport:
    """The rows that an adapter landed.

    Attributes:
        rows: The number of rows by table.
        first: The first day with events.
        last: The last day with events.
        days: The number of days with events.
    """

    rows: dict[str, int]
    first: date
    last: date
    days: int

    def __str__(self) -> str:
        tables = ", ".join(f"{count:,} {name}" for name, count in self.rows.items())
        return f"Landed {tables}: {self.days:,} days, {self.first} to {self.last}"


class Adapter(Protocol):
    """A public dataset as logs; to add one, implement this and list it in `airloom.logs.adapters`."""

    @property
    def name(self) -> str:
        """Return the name of the dataset on the command line."""

    @property
    def description(self) -> str:
        """Return one sentence about its users, content and commerce."""

    def deliver(self, data: Path, lake: Lake) -> DeliveryReport:
        """Land the dataset's files in `data` as events, objects and users; repeating it changes nothing.

        Raises:
            AirloomError: A file or column is missing, or a value cannot be read.
        """
