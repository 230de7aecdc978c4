"""The report of a validation: what the rules said of each table and day. It needs no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import pyarrow as pa

from airloom.html_report.blocks import Card, callout, cards, prose, table
from airloom.html_report.numbers import format_percent
from airloom.html_report.report import Section, render_report
from airloom.logs.missing_days import missing_days_text
from airloom.logs.repeats import RepeatCounts
from airloom.logs.row_counts import (
    CLEAN_IN_ALL,
    LANDED,
    PERIOD,
    QUARANTINED,
    QUARANTINED_FRACTION,
    SET_ASIDE,
    TRAILING_MEDIAN,
    VOLUME_FRACTION,
)


class CheckedRule(NamedTuple):
    """A rule, and how many rows of a frame broke it.

    Attributes:
        meaning: What is wrong with a row that breaks it; the reason in quarantine.
        expectation: Its type in Great Expectations.
        broken: Rows that broke it.
        examples: A few of their values; never a user's id.
    """

    meaning: str
    expectation: str
    broken: int
    examples: tuple[str, ...] = ()


class CheckedFrame(NamedTuple):
    """Rows that were checked together.

    Attributes:
        suite: The rules: `<table> rows` or `<table> days`.
        name: Suite and days.
        rows: The number of rows.
        rules: What each rule said.
    """

    suite: str
    name: str
    rows: int
    rules: Sequence[CheckedRule]

    @property
    def about_days(self) -> bool:
        """Whether a row is a day of a table; a rule that it breaks stops the run."""
        return self.suite.endswith(" days")

    @property
    def broken(self) -> list[CheckedRule]:
        """The rules that some row broke."""
        return [rule for rule in self.rules if rule.broken]


class RepeatedRows(NamedTuple):
    """How many rows of a table and period do not count because of another row.

    Attributes:
        table: Its name.
        name: Table and days.
        rows: The number of rows that were compared.
        counts: How many do not count, by reason.
    """

    table: str
    name: str
    rows: int
    counts: RepeatCounts


def outcome_report(
    day: date,
    frames: Sequence[CheckedFrame],
    days: Mapping[str, Sequence[pa.Table]],
    repeats: Sequence[RepeatedRows],
    missing: Sequence[date],
    *,
    ended: bool,
) -> str:
    """Return the report as one HTML document.

    Args:
        day: The day of the run.
        frames: What was checked, in that order.
        days: By table, the row counts of days as `airloom.logs.row_counts.day_facts` gives them.
        repeats: The rows that do not count because of another one.
        missing: Days without delivered events.
        ended: Whether everything was checked; an error, or a rule about days, stops the run before.
    """
    stopped = [frame for frame in frames if frame.about_days and frame.broken]
    rows = sum(frame.rows for frame in frames if not frame.about_days)
    outcome = "the run went on" if ended else "the run stopped"
    broken = _broken(frames, repeats)
    set_aside = [
        [part.name, reason, count, _percent(count / part.rows)]
        for part in repeats
        for reason, count in part.counts.set_aside.items()
    ]
    note = _stop_note(stopped) if not ended else _outcome_note(days)
    if missing:
        note += callout(missing_days_text(missing), tone="warn")
    sections = [Section("At a glance", note + _glance(frames, repeats, rows))]
    if days:
        sections.append(Section("Days", _days(days)))
    if broken:
        head = ["checked", "what is wrong", "rows", "share", "for example"]
        sections.append(Section("Broken rules", table(head, broken)))
    if set_aside:
        head = ["checked", "which row stands for it", "rows", "share"]
        sections.append(Section("Rows set aside", table(head, set_aside)))
    sections += [
        Section(f"Rules for {suite.removesuffix(' rows')}", _rules(suite, frames, repeats))
        for suite in _suites(frames)
    ]
    sections.append(Section("How to read this", _how_to_read()))
    summary = f"{rows:,} rows were checked in the run of {day}; {outcome}. Days that were checked before and "
    return render_report(
        title="Validation of the logs",
        summary=f"{summary}have not changed are not in this report.",
        sections=sections,
    )


def _stop_note(stopped: Sequence[CheckedFrame]) -> str:
    if not stopped:
        text = "Stopped by the error that the run names: what follows is what was checked before it."
        return callout(text, tone="bad")
    frame = stopped[0]
    return callout(
        f"Stopped at {frame.name}: {frame.broken[0].meaning}. Nothing of it was written.", tone="bad"
    )


def _outcome_note(days: Mapping[str, Sequence[pa.Table]]) -> str:
    # the row of all days together has the clean rows, that of a single day has not
    whole = [
        fact
        for parts in days.values()
        for facts in parts
        for fact in facts.to_pylist()
        if fact[CLEAN_IN_ALL] is not None
    ]
    bad, repeated = (sum(fact[name] for fact in whole) for name in (QUARANTINED, SET_ASIDE))
    if not bad and not repeated:
        return callout("Every row that was checked is clean.", tone="good")
    bad_text = f"Rows that broke a rule and went to quarantine: {bad:,}" if bad else "No row broke a rule"
    repeated_text = f"; rows set aside, since another stands for them: {repeated:,}" if repeated else ""
    return callout(f"{bad_text}{repeated_text}; all others are clean.", tone="warn" if bad else "good")


def _glance(frames: Sequence[CheckedFrame], repeats: Sequence[RepeatedRows], rows: int) -> str:
    rules = {(frame.suite, rule.meaning) for frame in frames if not frame.about_days for rule in frame.broken}
    rules |= {
        (part.table, reason) for part in repeats for reason, count in part.counts.faults.items() if count
    }
    return cards(
        [
            Card("Rows checked", f"{rows:,}", "objects, users, events and exposures"),
            Card("Rules broken", f"{len(rules)}", "by at least one row"),
        ]
    )


def _days(days: Mapping[str, Sequence[pa.Table]]) -> str:
    rows = [
        [
            name,
            fact[PERIOD],
            fact[LANDED],
            fact[QUARANTINED],
            fact[SET_ASIDE],
            _percent(fact[QUARANTINED_FRACTION]),
            fact[TRAILING_MEDIAN],
            _percent(fact[VOLUME_FRACTION]),
        ]
        for name, parts in days.items()
        for facts in parts
        for fact in facts.to_pylist()
    ]
    head = [
        "table",
        "day",
        "rows",
        "in quarantine",
        "set aside",
        "share in quarantine",
        "median of the days before",
        "rows / median",
    ]
    return table(head, rows, caption="Delivered rows; a dash where there are too few rows or days to compare")


def _broken(frames: Sequence[CheckedFrame], repeats: Sequence[RepeatedRows]) -> list[list[object]]:
    """Return a line for each rule that a frame broke; those about days, which stop the run, come first."""
    by_days_first = sorted(frames, key=lambda frame: not frame.about_days)
    lines: list[list[object]] = [
        [
            frame.name,
            rule.meaning,
            rule.broken,
            _percent(rule.broken / frame.rows),
            ", ".join(rule.examples) or None,
        ]
        for frame in by_days_first
        for rule in sorted(frame.broken, key=lambda rule: -rule.broken)
    ]
    lines += [
        [part.name, reason, count, _percent(count / part.rows), None]
        for part in repeats
        for reason, count in part.counts.faults.items()
        if count
    ]
    return lines


def _suites(frames: Sequence[CheckedFrame]) -> Iterator[str]:
    """Yield the suites about rows, each once, in the order in which they were checked."""
    yield from dict.fromkeys(frame.suite for frame in frames if not frame.about_days)


def _rules(suite: str, frames: Sequence[CheckedFrame], repeats: Sequence[RepeatedRows]) -> str:
    """Return the rules of a table with the rows that broke each, over all days that were checked."""
    own = [frame for frame in frames if frame.suite == suite]
    rows = sum(frame.rows for frame in own)
    if not rows:
        return prose("No row of this table was checked: none has been delivered for the days of this run.")
    broken: dict[CheckedRule, int] = {}
    for frame in own:
        for rule in frame.rules:
            key = rule._replace(broken=0, examples=())
            broken[key] = broken.get(key, 0) + rule.broken
    faults: Counter[str] = Counter()
    for part in repeats:
        if part.table == suite.removesuffix(" rows"):
            faults.update(part.counts.faults)
    lines: list[list[object]] = [[rule.meaning, rule.expectation, count] for rule, count in broken.items()]
    lines += [[reason, None, count] for reason, count in faults.items()]
    dash = "; a dash where rows are compared with each other" if faults else ""
    return table(
        ["a row goes to quarantine where", "Great Expectations' expectation", "rows that broke it"],
        lines,
        caption=f"{rows:,} rows checked{dash}",
    )


def _how_to_read() -> str:
    return prose(
        "A row that breaks a rule goes to the table quarantine/<table> of the lake, with the file and the "
        "row that it came from and every reason. Rows are set aside if another row stands for them: events "
        "that were sent again, and rows of objects and users that a later row of the day replaces. All "
        "others become the clean table.",
        "Too many such rows on a day, or far fewer events than on the days before, stop the run: then "
        "nothing of that day is written. The rules are in components/validate_logs/suites.py, their "
        "thresholds among the settings of the run (rules).",
    )


def _percent(share: float | None) -> str | None:
    return None if share is None else format_percent(share)
