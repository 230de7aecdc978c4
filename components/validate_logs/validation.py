"""From landed to clean: which days to validate, what the rules say of them, and what is written."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import great_expectations as gx
import pyarrow as pa

from airloom.errors import AirloomError
from airloom.logs.changes import first_rows
from airloom.logs.checks import with_checks
from airloom.logs.clean import write_clean
from airloom.logs.contract import EVENTS, EXPOSURES, LOG_TABLES, OBJECTS, USERS, Table
from airloom.logs.erasures import Erasures
from airloom.logs.forgotten import Forgotten, table_places
from airloom.logs.lake import Lake
from airloom.logs.landed import groups, read_landed, require_landed
from airloom.logs.ledger import Entry, Ledger
from airloom.logs.quarantine import Breach, reasons
from airloom.logs.rules import LogRules
from airloom.logs.tallies import PERIOD, TRAILING_MEDIAN, VOLUME_FRACTION, day_facts, tallies
from airloom.progress import progress
from components.validate_logs.report import Report, data_docs
from components.validate_logs.suites import day_suite, row_suite


@dataclass(frozen=True)
class Outcome:
    """What a validation found.

    Attributes:
        landed: Rows delivered up to and including the day, by table.
        quarantined: Rows of these in quarantine, by table.
        validated: Table-days checked by this run; days already validated and unchanged are not checked again.
    """

    landed: dict[str, int]
    quarantined: dict[str, int]
    validated: int


def validate(lake: Lake, *, day: date, rules: LogRules, docs: Path) -> Outcome:
    """Validate `day` and all earlier landed days that are new or changed; write clean days and quarantine.

    Args:
        lake: Where the logs landed and where the results go.
        day: The last day to validate; its events must have been delivered.
        rules: The thresholds.
        docs: Folder for the Data Docs site, which is written whatever the outcome.

    Raises:
        AirloomError: A day is absent or empty, a file is broken, a column is missing or of the wrong type,
            or the rules about days stop the run.
    """
    require_landed(lake, EVENTS, day)
    validated = 0
    ledgers = {table.name: Ledger(lake, table) for table in LOG_TABLES}
    erasures = Erasures(lake)
    # whoever ever asked: what is delivered again about them is removed again
    forgotten = Forgotten(lake, erasures, erasures.all())
    with data_docs(docs, day=day) as report:
        for table in LOG_TABLES:
            validated += _validate_table(
                lake,
                table,
                ledgers[table.name],
                day=day,
                rules=rules,
                report=report,
                forgotten=forgotten,
            )
    return Outcome(
        landed={
            name: sum(ledger[at].landed for at in ledger if at <= day) for name, ledger in ledgers.items()
        },
        quarantined={
            name: sum(ledger[at].quarantined for at in ledger if at <= day)
            for name, ledger in ledgers.items()
        },
        validated=validated,
    )


def _validate_table(
    lake: Lake,
    table: Table,
    ledger: Ledger,
    *,
    day: date,
    rules: LogRules,
    report: Report,
    forgotten: Forgotten,
) -> int:
    suites = row_suite(table, rules), day_suite(table, rules)
    rules_of_suites = [suite.to_json_dict() for suite in suites]
    prints = _fingerprints(lake, table, through=day, rules=rules_of_suites)
    todo = [at for at, seen in prints.items() if at == day or not ledger.holds(at, seen)]
    if not todo:
        return 0
    if forgotten and forgotten.remove(table_places(lake, lake.landing(table), todo)):
        prints = _fingerprints(lake, table, through=day, rules=rules_of_suites)
    objects = first_rows(lake, OBJECTS, through=day, columns=["object_id", "domain"])
    users = first_rows(lake, USERS, through=day, columns=["user_id"])
    parts = groups(lake, table, todo, rows_at_once=rules.rows_at_once)
    for days in progress(parts, what=f"validate {table.name}", unit="parts"):
        landed = read_landed(lake, table, days)
        known = _with_forgotten(users, landed, forgotten, since=days[0])
        rows = with_checks(landed, table, objects=objects, users=known)
        period = f"{days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]}"
        breaches = _row_breaches(report, suites[0], rows, period=period, at_once=rules.rows_at_once)
        why = reasons(breaches, rows.num_rows)
        counted = tallies(landed["dt"], why, days)
        facts = day_facts(counted, {at: ledger[at].landed for at in ledger}, rules)
        broken = report.breaches(suites[1], facts, name=f"{table.name} days {period}")
        if broken:
            raise _stop(table, facts, broken, breaches, report)
        write_clean(lake, table, days, landed, why)
        ledger.add({at: Entry(prints[at], tally.landed, tally.quarantined) for at, tally in counted.items()})
    return len(todo)


def _with_forgotten(users: pa.Table, landed: pa.Table, forgotten: Forgotten, *, since: date) -> pa.Table:
    """Users, and those of the landed rows whose row among them was removed because they had asked for it."""
    if not forgotten or "user_id" not in landed.column_names:
        return users
    back = forgotten.among(landed["user_id"])
    return pa.concat_tables([users, pa.table([back, [since] * len(back)], schema=users.schema)])


def _row_breaches(
    report: Report, suite: gx.ExpectationSuite, rows: pa.Table, *, period: str, at_once: int
) -> list[Breach]:
    """Check the rows of a very long day slice by slice, so that memory stays bounded."""
    found = []
    for number, start in enumerate(range(0, max(rows.num_rows, 1), at_once)):
        part = "" if rows.num_rows <= at_once else f" part {number + 1}"
        broken = report.breaches(suite, rows.slice(start, at_once), name=f"{suite.name} {period}{part}")
        found += [Breach(breach.reason, breach.rows + start) for breach in broken]
    return found


def _fingerprints(lake: Lake, table: Table, *, through: date, rules: object) -> dict[date, str]:
    """Of every landed day: a digest of its files, of the rules, and of the tables that it refers to."""
    references = (OBJECTS, USERS) if table in (EVENTS, EXPOSURES) else ()
    landed = [
        (at, other.name)
        for other in (*references, table)
        for at in lake.days(lake.landing(other))
        if at <= through
    ]
    tables = {other.name: other for other in LOG_TABLES}
    seen = hashlib.sha256(json.dumps(rules, sort_keys=True).encode())
    prints = {}
    for at, name in sorted(landed, key=lambda entry: (entry[0], entry[1] == table.name)):
        state = lake.fingerprint(lake.landing(tables[name]), at).encode()
        if name == table.name:
            mine = seen.copy()
            mine.update(state)
            prints[at] = mine.hexdigest()
        else:
            seen.update(name.encode() + state)
    return prints


def _stop(
    table: Table, facts: pa.Table, broken: list[Breach], breaches: list[Breach], report: Report
) -> AirloomError:
    first = broken[0]
    fact = facts.slice(int(first.rows[0]), 1).to_pylist()[0]
    counts = f"{fact['quarantined']:,} of {fact['landed']:,} rows are in quarantine"
    if breaches:
        most = max(breaches, key=lambda breach: len(breach.rows))
        counts += f", most often because {most.reason}"
    if fact[VOLUME_FRACTION] is not None:
        counts += f"; the median of the days before is {fact[TRAILING_MEDIAN]:,.0f} rows"
    others = sum(len(breach.rows) for breach in broken) - 1
    more = f", and {others} more such findings" if others else ""
    return AirloomError(
        f"Validation of {table.name} of {fact[PERIOD]} stopped: {first.reason} ({counts}){more}; nothing "
        f"of it was written, and the report is {report.index}",
        do=f"Read the report, deliver the {table.name} again, or change the rule that it names",
    )
