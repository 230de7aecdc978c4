"""A daily run in five lines for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from airloom.html_report.numbers import format_percent
from pipelines.home import Home
from pipelines.local import PipelineRun
from pipelines.report.collect import INDEX
from pipelines.report.daily_facts import DailyFacts, read_daily_facts
from pipelines.report.next_step import next_step

MAX_DAYS = 5


def format_daily_summary(run: PipelineRun, home: Home) -> str:
    """Return rows, missing days, coverage, drift and the next step, a line each."""
    facts = read_daily_facts(run)
    lines = {
        "rows": rows_line(facts),
        "days": days_line(facts),
        "coverage": coverage_line(facts),
        "drift": drift_line(facts),
        "next": f"{next_step(home)}; report: {home.report / INDEX}",
    }
    return "\n".join(f"{name:<9} {text}" for name, text in lines.items())


def rows_line(facts: DailyFacts) -> str:
    """Return how many rows there are and how many of them are in quarantine."""
    bad = facts.quarantined
    share = f" ({format_percent(bad / facts.rows, digits=2)})" if bad else ""
    return f"{facts.rows:,} delivered up to {facts.day}, {bad:,} in quarantine{share}"


def days_line(facts: DailyFacts) -> str:
    """Return which days are missing, and which were taken back."""
    missing = "no day is missing"
    if facts.missing_days:
        number = len(facts.missing_days)
        were = "1 day was" if number == 1 else f"{number} days were"
        missing = f"{were} never delivered: {_some(facts.missing_days)}"
    withdrawn = f"; taken back: {'; '.join(facts.withdrawn)}" if facts.withdrawn else ""
    return missing + withdrawn


def coverage_line(facts: DailyFacts) -> str:
    """Return how many atoms have intents, and who read those of this run."""
    if not facts.atoms:
        return "no content to read; what users want is known by the categories of the products they chose"
    share = "" if facts.coverage is None else f", {format_percent(facts.coverage)} of them with intents"
    fallback = f", {facts.by_fallback:,} by the fallback" if facts.by_fallback else ""
    unreadable = f"; {facts.unreadable:,} have titles that could not be read" if facts.unreadable else ""
    read = facts.asked + facts.by_fallback
    return f"{facts.atoms:,} atoms{share}{unreadable}; {read:,} read in this run{fallback}"


def drift_line(facts: DailyFacts) -> str:
    """Return how many columns differ from the days before."""
    if not facts.checked:
        return "nothing to compare with yet: too few values on this day or on the days before"
    alarm = "; the ranker was trained again" if facts.alarm else ""
    return f"{facts.drifted} of {facts.checked} columns differ from the days before{alarm}"


def _some(days: Sequence[str]) -> str:
    more = len(days) - MAX_DAYS
    return ", ".join(days[:MAX_DAYS]) + (f" and {more} more" if more > 0 else "")
