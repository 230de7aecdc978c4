"""The sections of the index about the data: logs, quarantine, missing days, intents, drift."""

from __future__ import annotations

from datetime import date

from airloom.html_report.blocks import Card, callout, cards, code, table, term, terms
from airloom.html_report.numbers import format_percent
from airloom.html_report.report import Section
from pipelines.home import Home
from pipelines.report.daily_facts import DailyFacts
from pipelines.report.daily_summary import days_line, drift_line
from pipelines.report.quarantine_reasons import quarantine_reasons
from pipelines.report.words import ATOM, DRIFT, INTENT_PATH, QUARANTINE, REASONER


def log_sections(facts: DailyFacts | None, home: Home) -> list[Section]:
    """Return what the latest daily run found, or the command that runs the first."""
    if facts is None:
        text = "No daily run has ended well yet: nothing has been validated, read or built."
        command = code(f"airloom run daily --home {home.root}")
        return [Section("Logs", callout(text, tone="warn") + command)]
    return [
        Section("Logs and quarantine", _logs(facts, home)),
        Section("Coverage of the intents", _coverage(facts)),
        Section("Drift", _drift(facts)),
    ]


def _logs(facts: DailyFacts, home: Home) -> str:
    rows = [
        [name, counts.landed, counts.quarantined, _share(counts.quarantined, counts.landed)]
        for name, counts in facts.tables.items()
    ]
    tone = "warn" if facts.missing_days or facts.withdrawn else "good"
    reasons = quarantine_reasons(home.lake, through=date.fromisoformat(facts.day))
    return (
        callout(f"Up to {facts.day}: {days_line(facts)}.", tone=tone)
        + table(["table", "rows delivered", term(QUARANTINE), "share"], rows)
        + (table(["table", "why rows are in quarantine", "rows"], reasons) if reasons else "")
        + terms([QUARANTINE])
    )


def _coverage(facts: DailyFacts) -> str:
    if not facts.atoms:
        return callout("No user has done anything with a content item yet.", tone="warn")
    read = facts.asked + facts.by_fallback
    by = f"{facts.by_fallback:,} by the fallback" if facts.by_fallback else "by the reasoner that was chosen"
    return cards(
        [
            Card(term(ATOM), f"{facts.atoms:,}", "known up to the day; each has been read"),
            Card(
                "Atoms with intents",
                "–" if facts.coverage is None else format_percent(facts.coverage),
                f"{facts.unreadable:,} could not be read"
                if facts.unreadable
                else "the others foretell nothing",
            ),
            Card(term(INTENT_PATH), f"{facts.paths:,}", "in all answers"),
            Card("Read in this run", f"{read:,}", by if read else "all answers were there"),
        ]
    ) + terms([ATOM, REASONER, INTENT_PATH])


def _drift(facts: DailyFacts) -> str:
    tone = "bad" if facts.alarm else "plain"
    return callout(f"{facts.day}: {drift_line(facts)}.", tone=tone) + terms([DRIFT])


def _share(part: int, whole: int) -> str | None:
    return format_percent(part / whole, digits=2) if whole else None
