"""The report of a validation: what the rules said of each table and day. It needs no network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import pyarrow as pa

from airloom.html_report.blocks import Card, callout, cards, prose, table
from airloom.html_report.numbers import format_percent
from airloom.html_report.report import Section, render_report
from airloom.logs.missing_days import missing_days_text
from airloom.logs.row_counts import (
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


def outcome_report(
    day: date,
    frames: Sequence[CheckedFrame],
    days: Mapping[str, Sequence[pa.Table]],
    missing: Sequence[date],
) -> str:
    """Return the report as one HTML document.

    Args:
        day: The day of the run.
        frames: What was checked, in that order.
        days: By table, the row counts of days as `airloom.logs.row_counts.day_facts` gives them.
        missing: Days without delivered events.
    """
    stopped = [frame for frame in frames if frame.about_days and frame.broken]
    broken = [frame for frame in frames if not frame.about_days and frame.broken]
    rows = sum(frame.rows for frame in frames if not frame.about_days)
    sections = [Section("At a glance", _glance(stopped, broken, rows, missing))]
    if days:
        sections.append(Section("Days", _days(days)))
    if stopped or broken:
        sections.append(Section("Broken rules", _broken([*stopped, *broken])))
    sections += [
        Section(f"Rules for {suite.removesuffix(' rows')}", _rules(suite, frames))
        for suite in _suites(frames)
    ]
    sections.append(Section("How to read this", _how_to_read()))
    outcome = "the run stopped" if stopped else "the run went on"
    summary = f"{rows:,} rows were checked in the run of {day}; {outcome}. Days that were checked before and "
    return render_report(
        title="Validation of the logs",
        summary=f"{summary}have not changed are not in this report.",
        sections=sections,
    )


def _glance(
    stopped: Sequence[CheckedFrame], broken: Sequence[CheckedFrame], rows: int, missing: Sequence[date]
) -> str:
    if stopped:
        frame = stopped[0]
        note = callout(
            f"Stopped at {frame.name}: {frame.broken[0].meaning}. Nothing of it was written.", tone="bad"
        )
    elif broken:
        note = callout("Some rows broke a rule and went to quarantine; all others are clean.", tone="warn")
    else:
        note = callout("Every row that was checked is clean.", tone="good")
    if missing:
        note += callout(missing_days_text(missing), tone="warn")
    rules = {(frame.suite, rule.meaning) for frame in broken for rule in frame.broken}
    return note + cards(
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


def _broken(frames: Sequence[CheckedFrame]) -> str:
    rows = [
        [
            frame.name,
            rule.meaning,
            rule.broken,
            _percent(rule.broken / frame.rows),
            ", ".join(rule.examples) or None,
        ]
        for frame in frames
        for rule in sorted(frame.broken, key=lambda rule: -rule.broken)
    ]
    return table(["checked", "what is wrong", "rows", "share", "for example"], rows)


def _suites(frames: Sequence[CheckedFrame]) -> Iterator[str]:
    """Yield the suites about rows, each once, in the order in which they were checked."""
    yield from dict.fromkeys(frame.suite for frame in frames if not frame.about_days)


def _rules(suite: str, frames: Sequence[CheckedFrame]) -> str:
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
    lines = [[rule.meaning, rule.expectation, count] for rule, count in broken.items()]
    return table(
        ["a row goes to quarantine where", "Great Expectations' expectation", "rows that broke it"],
        lines,
        caption=f"{rows:,} rows checked",
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
