"""Days that a platform took back: clean once, and no longer in the landing zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from pydantic import TypeAdapter, ValidationError

from airloom.errors import AirloomError
from airloom.lineage.records import FOLDER
from airloom.logs.contract import LOG_TABLES, Table
from airloom.logs.lake import Lake
from airloom.logs.rules import LogRules

UNCONFIRMED: Final = 3
"""Days of a table that may be taken back at once without anybody's confirmation, but never its last ones."""

NOTED: Final = (FOLDER, "withdrawn.json")
"""Days that no run has reported yet: what was made of them may be gone already, so that only this knows."""

_DAYS: Final = TypeAdapter(dict[str, list[date]])


def withdrawn_days(lake: Lake, rules: LogRules) -> dict[str, list[date]]:
    """Return the days of each table that were clean and are no longer landed, ascending, where there are any.

    Raises:
        AirloomError: So many days of a table are gone that its landing zone may be unmounted or half copied.
    """
    withdrawn = {}
    for table in LOG_TABLES:
        landed = _landed(lake, table)
        gone = [day for day in lake.days(table) if day not in landed]
        if gone:
            _require_confirmation(gone, rules, rest=len(landed), where=lake.uri(lake.landing(table).name))
            withdrawn[table.name] = gone
    return withdrawn


def note_withdrawn(lake: Lake, rules: LogRules) -> dict[str, list[date]]:
    """Return these days, and those that no run has reported yet; they are noted before anything is removed.

    A noted day that was delivered again meanwhile is forgotten.

    Raises:
        AirloomError: As `withdrawn_days` does, or the note cannot be read or written.
    """
    gone, noted = withdrawn_days(lake, rules), _read(lake)
    withdrawn = {}
    for table in LOG_TABLES:
        unreported = set(noted.get(table.name, ())) - _landed(lake, table)
        if days := sorted(unreported.union(gone.get(table.name, ()))):
            withdrawn[table.name] = days
    if withdrawn != noted:
        _write(lake, withdrawn)
    return withdrawn


def forget_reported(lake: Lake, withdrawn: Mapping[str, Sequence[date]]) -> None:
    """Remove the note of days that a run has removed and reports."""
    if withdrawn:
        _write(lake, {})


def withdrawn_text(withdrawn: Mapping[str, Sequence[date]]) -> list[str]:
    """Return the same for a person to read, one text a table.

    >>> withdrawn_text({"events": [date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 4)]})
    ['events of 2026-03-01, 2026-03-02, 2026-03-04']
    """
    return [f"{table} of {', '.join(map(str, days))}" for table, days in withdrawn.items()]


def _require_confirmation(gone: Sequence[date], rules: LogRules, *, rest: int, where: str) -> None:
    confirmed = rules.max_withdrawn_days
    if len(gone) <= confirmed or (len(gone) <= UNCONFIRMED and rest):
        return
    days = f"1 day ({gone[0]})" if len(gone) == 1 else f"{len(gone)} days ({gone[0]} to {gone[-1]})"
    raise AirloomError(
        f"{where} no longer has {days} that it had before, and has {rest or 'no'} others; nothing is removed",
        do="Mount or copy the folder again. If these days are really taken back, and all that was made of "
        f"them is to go, confirm it: airloom run daily --max-withdrawn-days {len(gone)} (in a recipe: "
        "max_withdrawn_days of rules)",
    )


def _landed(lake: Lake, table: Table) -> set[date]:
    landing = lake.landing(table)
    return {day for day in lake.days(landing) if lake.files(landing, day)}


def _read(lake: Lake) -> dict[str, list[date]]:
    text = lake.read_text(*NOTED)
    try:
        return _DAYS.validate_json(text) if text else {}
    except ValidationError as error:
        raise AirloomError(
            f"{lake.uri(*NOTED)} does not name days",
            do="Remove it; days that an unfinished run removed are then not reported",
        ) from error


def _write(lake: Lake, withdrawn: dict[str, list[date]]) -> None:
    lake.write_text(_DAYS.dump_json(withdrawn).decode() + "\n", *NOTED)
