"""The section of the index about the experiment: did pages with intents do better?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from airloom.experiments.analysis import ExperimentVerdict
from airloom.experiments.results import Headline, read_headline
from airloom.html_report.blocks import Card, Term, callout, cards, code, term, terms
from airloom.html_report.numbers import format_percent
from airloom.html_report.report import Section
from airloom.logs.contract import EVENTS, EXPOSURES
from airloom.logs.lake import Lake
from pipelines.experiment_file import experiment_of
from pipelines.home import Home
from pipelines.report.plots import lift_plot
from pipelines.report.words import ALWAYS_VALID, FIXED_DATE, VARIANT

NO_ESTIMATE = "no estimate yet"
_TONES: Final = {
    ExperimentVerdict.BETTER.value: "good",
    ExperimentVerdict.WORSE.value: "bad",
    ExperimentVerdict.SAMPLE_RATIO_MISMATCH.value: "bad",
    ExperimentVerdict.NO_DIFFERENCE.value: "plain",
}
"""Of one treatment; several, which a verdict names one by one, and too little data get a warning."""


def read_experiment(home: Home) -> dict[str, Any] | None:
    """Return the results of the latest day of a home's experiment; None before the first.

    Until the home's own experiment has results, they are those of the latest day of any other one.

    Raises:
        AirloomError: The home's experiment file is not valid.
    """
    own = experiment_of(home).experiment.name
    files = (home.lake / "experiments").glob("*/*.json")
    latest = max(files, key=lambda file: (file.parent.name == own, file.stem, file.parent.name), default=None)
    if latest is None:
        return None
    results: dict[str, Any] = json.loads(latest.read_text(encoding="utf-8"))
    return results


def verdict_section(results: Mapping[str, Any] | None, home: Home) -> Section:
    """Return what the experiment showed, or what is missing and the command that makes it."""
    if results is None or not any(variant["users"] for variant in results.get("variants", {}).values()):
        return _no_verdict(home)
    headline = read_headline(results)
    lift, label = headline.lift, headline.metric.label
    tone = _TONES.get(headline.verdict, "warn")
    head = callout(f"{results['experiment']}: {headline.verdict}. {verdict_sentence(headline)}", tone=tone)
    figures = [
        Card(
            term(Term(label, headline.metric.meaning)),
            NO_ESTIMATE if lift is None else format_percent(lift.relative, signed=True),
            f"{headline.treatment} against {headline.control}",
        ),
        *(
            Card(f"Users, {name}", f"{variant['users']:,}", f"{variant['impressions']:,} products shown")
            for name, variant in results["variants"].items()
        ),
    ]
    words = [Term(label, headline.metric.meaning), VARIANT, FIXED_DATE, ALWAYS_VALID]
    picture = "" if lift is None else lift_plot(headline, lift)
    return Section("Verdict", head + cards(figures) + picture + terms(words))


def _no_verdict(home: Home) -> Section:
    """Return why there is nothing to compare: no page, only pages after the last read day, or other pages."""
    lake, run = Lake(home.lake), f"airloom run daily --home {home.root}"
    pages, read = lake.days(lake.landing(EXPOSURES)), lake.days(EVENTS)
    if not pages:
        text = "No page of an experiment has been served yet, so there is nothing to compare. The service "
        text += "logs every page that it answers; the daily run of the next day compares the variants."
        return Section(
            "Verdict", callout(text, tone="warn") + code(f"airloom serve --home {home.root}\n{run}")
        )
    served = f"Pages were served on {pages[0]}" + (f" to {pages[-1]}" if len(pages) > 1 else "")
    last = f"the newest day of events that a daily run read is {read[-1]}" if read else "no run read events"
    if not read or pages[0] > read[-1]:
        text = f"{served}; {last}. What users did after they saw a page is not in the logs yet: deliver the "
        text += "events of the days with pages, and run again once such a day has ended (UTC)."
    else:
        own = experiment_of(home)
        since = "" if own.first_day is None else f" from {own.first_day} on"
        text = (
            f"{served}; {last}. No user saw exactly one variant of {own.experiment.name}{since} up to that "
        )
        text += "day: compare name and first_day of the experiment file with what was served, and look into "
        text += "the report of the validation for pages in quarantine."
    return Section("Verdict", callout(text, tone="warn") + code(run))


def verdict_sentence(headline: Headline) -> str:
    """Return the change of the primary metric with its interval, and the truth where it is known."""
    if headline.lift is None:
        return f"{headline.metric.label} has {NO_ESTIMATE}."
    low, high = (format_percent(value, signed=True) for value in headline.lift.ci)
    sentence = (
        f"{headline.metric.label}, {headline.treatment} vs {headline.control}: "
        f"{format_percent(headline.lift.relative, signed=True)} "
        f"({headline.confidence:.0%} interval {low} to {high})"
    )
    if headline.true_lift is None:
        return f"{sentence}."
    return (
        f"{sentence}; the true effect in the simulation is {format_percent(headline.true_lift, signed=True)}."
    )
