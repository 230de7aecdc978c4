"""What it takes to bring a dataset in: land its rows as logs, and say what was delivered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from airloom.logs.lake import Lake


@dataclass(frozen=True)
class DeliveryReport:
    """What an adapter landed.

    Attributes:
        rows: Rows by table.
        first: The first day with events.
        last: The last one.
        days: How many days have events.
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
        """What the dataset is called on the command line."""

    @property
    def description(self) -> str:
        """What its users, content and commerce are, in a sentence."""

    def deliver(self, data: Path, lake: Lake) -> DeliveryReport:
        """Land the dataset's files in `data` as events, objects and users, the same however often it is done.

        Raises:
            AirloomError: A file or column is missing, or a value cannot be read.
        """
