"""What a run would say of the landed logs: the validation itself, over a lake that is thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS, LOG_TABLES
from airloom.logs.lake import LANDING, Lake
from airloom.logs.missing_days import missing_days
from airloom.logs.quarantine import REASON, quarantine
from airloom.logs.repeats import REPEATED
from airloom.logs.returns import ReturnedPieces, count_returned
from airloom.logs.rules import LogRules
from airloom.process_folder import process_folder
from airloom.timestamps import end_of
from components.validate_logs.validation import ValidationResult, validate
from components.validate_logs.withdrawn import withdrawn_days, withdrawn_text


class LogCheck(NamedTuple):
    """What a run would say.

    Attributes:
        days: The first and the last day with events.
        rows: Rows by table.
        quarantined: Rows that would go to quarantine for a fault, by table and reason, the most frequent
            first.
        set_aside: Rows without a fault that another row stands for, by table.
        missing: Days after the first whose events were not delivered.
        withdrawn: Days that are no longer landed, and that the run would remove, in words.
        returns: Pieces that came back, and those whose order is not in the logs.
        stopped_by: Why the run would stop; None if it would not.
    """

    days: tuple[date, date]
    rows: dict[str, int]
    quarantined: dict[str, dict[str, int]]
    set_aside: dict[str, int]
    missing: list[date]
    withdrawn: list[str]
    returns: ReturnedPieces
    stopped_by: AirloomError | None


def check_landed(lake: Lake, *, day: date, rules: LogRules, docs: Path) -> LogCheck:
    """Validate everything landed through `day`, and write only the report.

    Args:
        lake: Where the logs landed; a local folder.
        day: The last day.
        rules: The thresholds.
        docs: Folder for the report.

    Raises:
        AirloomError: The lake is not a local folder.
    """
    days = [landed for landed in lake.days(lake.landing(EVENTS)) if landed <= day]
    with _trial_lake(lake) as trial:
        stopped_by, outcome, withdrawn = None, None, []
        try:
            withdrawn = withdrawn_text(withdrawn_days(lake, rules))
            outcome = validate(trial, day=day, rules=rules, docs=docs)
        except AirloomError as error:
            what = error.what.replace(trial.location(), lake.location())
            stopped_by = AirloomError(what, do=error.do)
            outcome = _counts_of_all(trial, day=day, rules=rules)
        return LogCheck(
            days=(days[0], days[-1]) if days else (day, day),
            rows=outcome.landed if outcome else {},
            quarantined=_quarantined(trial),
            set_aside=outcome.set_aside if outcome else {},
            missing=missing_days(lake, through=day),
            withdrawn=withdrawn,
            returns=_returns(trial, day=day),
            stopped_by=stopped_by,
        )


@contextmanager
def _trial_lake(lake: Lake) -> Iterator[Lake]:
    """Yield an empty lake with the landing folder of another one."""
    with process_folder("airloom-trial-lake") as folder:
        (folder / LANDING).symlink_to(lake.path(LANDING))
        yield Lake(folder)


def _counts_of_all(trial: Lake, *, day: date, rules: LogRules) -> ValidationResult | None:
    """Return the counts where no threshold about a day stops the run; None if something else stops it."""
    counting = replace(rules, max_quarantined_fraction=1.0, min_volume_fraction=0.0)
    with process_folder("airloom-trial-report") as docs, suppress(AirloomError):
        return validate(trial, day=day, rules=counting, docs=Path(docs))
    return None


def _returns(trial: Lake, *, day: date) -> ReturnedPieces:
    if not trial.days(EVENTS):
        return ReturnedPieces(0, 0)
    return count_returned(trial.dataset(EVENTS), before=end_of(day))


def _quarantined(lake: Lake) -> dict[str, dict[str, int]]:
    counts = {}
    with duckdb.connect() as connection:
        for table in LOG_TABLES:
            of_table = quarantine(table)
            if not lake.days(of_table):
                continue
            connection.register("rows", lake.dataset(of_table))
            by_reason = connection.sql(
                f"SELECT {REASON}, count(*) FROM rows GROUP BY 1 ORDER BY 2 DESC, 1"  # noqa: S608
            ).fetchall()
            if faults := {reason: rows for reason, rows in by_reason if reason not in REPEATED}:
                counts[table.name] = faults
    return counts
