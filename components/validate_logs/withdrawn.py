"""Days that a platform took back: clean once, and no longer in the landing zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from airloom.errors import AirloomError
from airloom.logs.contract import LOG_TABLES
from airloom.logs.lake import Lake
from airloom.logs.rules import LogRules

UNCONFIRMED: Final = 3
"""Days of a table that may be taken back at once without anybody's confirmation, but never its last ones."""


def withdrawn_days(lake: Lake, rules: LogRules) -> dict[str, list[date]]:
    """Return the days of each table that were clean and are no longer landed, ascending, where there are any.

    Raises:
        AirloomError: So many days of a table are gone that its landing zone may be unmounted or half copied.
    """
    withdrawn = {}
    for table in LOG_TABLES:
        landing = lake.landing(table)
        landed = {day for day in lake.days(landing) if lake.files(landing, day)}
        gone = [day for day in lake.days(table) if day not in landed]
        if gone:
            _require_confirmation(gone, rules, rest=len(landed), where=lake.uri(landing.name))
            withdrawn[table.name] = gone
    return withdrawn


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
