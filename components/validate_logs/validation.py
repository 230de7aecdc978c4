"""From landed to clean: which days to validate, what the rules say of them, and what is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import great_expectations as gx
import pyarrow as pa

from airloom.errors import AirloomError
from airloom.lineage.derivation import DerivedDays
from airloom.lineage.records import LineageRecord
from airloom.logs.changes import first_rows, periods
from airloom.logs.checks import with_checks
from airloom.logs.clean import write_clean
from airloom.logs.contract import EVENTS, EXPOSURES, LOG_TABLES, OBJECTS, USERS, Table
from airloom.logs.days import batch_days
from airloom.logs.erasure_requests import ErasureRequests
from airloom.logs.lake import Lake
from airloom.logs.landed import read_landed, require_all_read, require_landed
from airloom.logs.missing_days import missing_days
from airloom.logs.quarantine import RuleViolation, reasons
from airloom.logs.repeats import (
    RepeatCounts,
    is_replaced,
    repeat_counts,
    with_repeated_events,
    with_repeated_exposures,
)
from airloom.logs.row_counts import (
    LANDED,
    PERIOD,
    QUARANTINED,
    SET_ASIDE,
    TRAILING_MEDIAN,
    VOLUME_FRACTION,
    day_facts,
    row_counts,
)
from airloom.logs.row_eraser import RowEraser, table_files
from airloom.logs.rules import LogRules
from airloom.progress import progress
from components.validate_logs.derivations import clean_table
from components.validate_logs.report import ValidationReport, validation_report
from components.validate_logs.suites import day_suite, row_suite
from components.validate_logs.withdrawn import forget_reported, note_withdrawn


@dataclass(frozen=True)
class ValidationResult:
    """What a validation found.

    Attributes:
        landed: Rows delivered up to and including the day, by table.
        quarantined: Rows of these that broke a rule, by table.
        set_aside: Rows of these that another row stands for, by table.
        withdrawn: Days that are no longer landed, by table; what was made of them is removed. Also those that
            an earlier run removed, if it did not end.
        missing_days: Days in the middle of the log whose events were never delivered.
        validated: Table-days checked by this run; days already validated and unchanged are not checked again.
    """

    landed: dict[str, int]
    quarantined: dict[str, int]
    set_aside: dict[str, int]
    withdrawn: dict[str, list[date]]
    missing_days: list[date]
    validated: int

    def metrics(self) -> dict[str, int]:
        """Return the counts by their names in the metrics of the step."""
        counts = {LANDED: self.landed, QUARANTINED: self.quarantined, SET_ASIDE: self.set_aside}
        by_table = {f"{table}_{name}": rows[table] for table in self.landed for name, rows in counts.items()}
        return {**by_table, "validated_table_days": self.validated, "missing_days": len(self.missing_days)}


def validate(lake: Lake, *, day: date, rules: LogRules, docs: Path) -> ValidationResult:
    """Validate `day` and all earlier landed days that are new or changed; write clean days and quarantine.

    Days that are no longer landed are removed.

    Args:
        lake: Where the logs landed and where the results go.
        day: The last day to validate; its events must have been delivered.
        rules: The thresholds.
        docs: Folder for the report, which is written whatever the outcome.

    Raises:
        AirloomError: A day is absent or empty, a file is broken, a column is missing or of the wrong type,
            the rules about days stop the run, or more days were withdrawn than anybody confirmed.
    """
    require_all_read(lake)
    require_landed(lake, EVENTS, day)
    withdrawn = note_withdrawn(lake, rules)
    validated = 0
    erasures = ErasureRequests(lake)
    # whoever ever asked: what is delivered again about them is removed again
    eraser = RowEraser(lake, erasures, erasures.all())
    records: dict[str, Mapping[date, LineageRecord]] = {}
    missing = missing_days(lake, through=day)
    with validation_report(docs, day=day) as report:
        report.show_missing_days(missing)
        for table in LOG_TABLES:
            checked, records[table.name] = _validate_table(
                lake, table, day=day, rules=rules, report=report, eraser=eraser
            )
            validated += checked
    forget_reported(lake, withdrawn)
    return ValidationResult(
        landed={name: _total(days, LANDED, through=day) for name, days in records.items()},
        quarantined={name: _total(days, QUARANTINED, through=day) for name, days in records.items()},
        set_aside={name: _total(days, SET_ASIDE, through=day) for name, days in records.items()},
        withdrawn=withdrawn,
        missing_days=missing,
        validated=validated,
    )


def _total(records: Mapping[date, LineageRecord], count: str, *, through: date) -> int:
    return sum(record.counts.get(count, 0) for day, record in records.items() if day <= through)


def _validate_table(
    lake: Lake,
    table: Table,
    *,
    day: date,
    rules: LogRules,
    report: ValidationReport,
    eraser: RowEraser,
) -> tuple[int, Mapping[date, LineageRecord]]:
    """Validate the days of one table; returns how many, and the records of all its days."""
    derivation = clean_table(lake, table, rules)
    lineage = DerivedDays(lake, derivation, through=day)
    lineage.delete_orphans()
    todo = days_to_validate(lineage, day)
    if not todo:
        return 0, lineage.records
    if eraser and eraser.remove(table_files(lake, lake.landing(table), todo)):
        lineage = DerivedDays(lake, derivation, through=day)
    suites = row_suite(table, rules), day_suite(table, rules)
    objects = periods(lake, OBJECTS, through=day, column="domain")
    users = first_rows(lake, USERS, through=day, columns=["user_id"])
    parts = batch_days(lake, lake.landing(table), todo, max_rows=rules.rows_at_once)
    for days in progress(parts, what=f"validate {table.name}", unit="parts"):
        landed = read_landed(lake, table, days)
        known = _with_erased_users(users, landed, eraser, since=days[0])
        rows = with_checks(landed, table, objects=objects, users=known)
        period = f"{days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]}"
        violations = _row_violations(report, suites[0], rows, period=period, at_once=rules.rows_at_once)
        why = reasons(violations, rows.num_rows)
        if table == EVENTS:
            why = with_repeated_events(lake, days, landed, why)
        elif table == EXPOSURES:
            why = with_repeated_exposures(landed, why)
        replaced = is_replaced(table, landed, why)
        counted = row_counts(landed["dt"], why, days, replaced=replaced)
        before = {
            at: record.counts[LANDED] for at, record in lineage.records.items() if LANDED in record.counts
        }
        facts = day_facts(counted, before, rules)
        report.show_days(table.name, facts)
        repeats = repeat_counts(table, why, replaced=replaced)
        report.show_repeats(table.name, period, rows.num_rows, repeats)
        broken = report.violations(suites[1], facts, name=f"{table.name} days {period}")
        if broken:
            raise _stop(table, facts, broken, _rows_by_reason(violations, repeats), report)
        write_clean(lake, table, days, landed, why, replaced=replaced)
        lineage.record_built(
            days,
            counts={
                at: {
                    LANDED: counts.landed,
                    QUARANTINED: counts.quarantined,
                    SET_ASIDE: counts.set_aside,
                }
                for at, counts in counted.items()
            },
        )
    return len(todo), lineage.records


def days_to_validate(lineage: DerivedDays, run_day: date) -> list[date]:
    """Return the days that changed, and that of the run, which its report is to show in any case."""
    stale = set(lineage.stale())
    return [day for day in lineage.days if day == run_day or day in stale]


def _with_erased_users(users: pa.Table, landed: pa.Table, eraser: RowEraser, *, since: date) -> pa.Table:
    """Return users, and those of the landed rows whose user row was erased on request."""
    if not eraser or "user_id" not in landed.column_names:
        return users
    back = eraser.requested_by(landed["user_id"])
    return pa.concat_tables([users, pa.table([back, [since] * len(back)], schema=users.schema)])


def _row_violations(
    report: ValidationReport, suite: gx.ExpectationSuite, rows: pa.Table, *, period: str, at_once: int
) -> list[RuleViolation]:
    """Return the broken rules; a very long day is checked slice by slice, so that memory stays bounded."""
    violations = []
    for number, start in enumerate(range(0, max(rows.num_rows, 1), at_once)):
        part = "" if rows.num_rows <= at_once else f" part {number + 1}"
        broken = report.violations(suite, rows.slice(start, at_once), name=f"{suite.name} {period}{part}")
        violations += [RuleViolation(violation.reason, violation.rows + start) for violation in broken]
    return violations


def _rows_by_reason(violations: Sequence[RuleViolation], repeats: RepeatCounts) -> Counter[str]:
    """Return how many rows are in quarantine for each fault, over all slices of a day."""
    rows = +Counter(repeats.faults)
    for violation in violations:
        rows[violation.reason] += len(violation.rows)
    return rows


def _stop(
    table: Table,
    facts: pa.Table,
    broken: list[RuleViolation],
    rows_by_reason: Counter[str],
    report: ValidationReport,
) -> AirloomError:
    first = broken[0]
    fact = facts.slice(int(first.rows[0]), 1).to_pylist()[0]
    counts = f"{fact['quarantined']:,} of {fact['landed']:,} rows are in quarantine"
    if rows_by_reason:
        counts += f", most often because {max(rows_by_reason, key=rows_by_reason.__getitem__)}"
    if fact[VOLUME_FRACTION] is not None:
        counts += f"; the median of the days before is {fact[TRAILING_MEDIAN]:,.0f} rows"
    others = sum(len(violation.rows) for violation in broken) - 1
    more = f", and {others} more such findings" if others else ""
    return AirloomError(
        f"Validation of {table.name} of {fact[PERIOD]} stopped: {first.reason} ({counts}){more}; nothing "
        f"of it was written, and the report is {report.index}",
        do=f"Read the report, deliver the {table.name} again, or change the setting that is named",
    )
