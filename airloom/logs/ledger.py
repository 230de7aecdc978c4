"""Which landed days have been validated, in which state of their files, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Final

from airloom.errors import AirloomError
from airloom.files import write_text
from airloom.logs.contract import Table
from airloom.logs.lake import Lake
from airloom.logs.quarantine import quarantine

FOLDER: Final = "validation"


@dataclass(frozen=True)
class Entry:
    """One validated day.

    Attributes:
        fingerprint: Of all that the verdict on the day depends on.
        landed: Rows delivered.
        quarantined: Rows of these that went to quarantine.
    """

    fingerprint: str
    landed: int
    quarantined: int


class Ledger:
    """The validated days of one table, kept at `validation/<table>.json`; days ascending."""

    def __init__(self, lake: Lake, table: Table) -> None:
        self._lake, self._table = lake, table
        self._path = lake.path(FOLDER, f"{table.name}.json")
        self._entries = self._read()

    def __iter__(self) -> Iterator[date]:
        return iter(sorted(self._entries))

    def __getitem__(self, day: date) -> Entry:
        return self._entries[day]

    def add(self, entries: Mapping[date, Entry]) -> None:
        """Note that days have been validated."""
        self._entries = self._entries | dict(entries)
        text = {day.isoformat(): asdict(self._entries[day]) for day in self}
        write_text(self._path, json.dumps(text, indent=1) + "\n")

    def holds(self, day: date, fingerprint: str) -> bool:
        """Whether the day was validated in this state and its result is still in the lake."""
        entry = self._entries.get(day)
        return (
            entry is not None
            and entry.fingerprint == fingerprint
            and bool(self._lake.files(self._table, day))
            and (entry.quarantined == 0 or bool(self._lake.files(quarantine(self._table), day)))
        )

    def _read(self) -> dict[date, Entry]:
        if not self._path.exists():
            return {}
        try:
            text = json.loads(self._path.read_text(encoding="utf-8"))
            return {date.fromisoformat(day): Entry(**entry) for day, entry in text.items()}
        except (ValueError, TypeError, AttributeError) as error:
            raise AirloomError(
                f"{self._path} cannot be read ({error})",
                do="Delete it; the days of this table are then validated again",
            ) from error
