"""The page that tells what an experiment showed, and how far to believe it."""

from __future__ import annotations

import json
import math

from airloom.experiments.analysis import (
    BETTER,
    FEWEST_USERS,
    FEWEST_VALUES,
    INVALID,
    MISMATCH,
    NOT_ENOUGH,
    WORSE,
    Analysis,
)
from airloom.experiments.effects import Effect
from airloom.experiments.metrics import METRICS, Metric, metric_named
from airloom.experiments.plots import forest, growth, percent, percents
from airloom.experiments.results import as_results
from airloom.html_report.blocks import Card, callout, cards, code, prose, table
from airloom.html_report.numbers import format_number
from airloom.html_report.report import Section, render_report

_TONES = {BETTER: "good", WORSE: "bad", INVALID: "bad", NOT_ENOUGH: "warn"}


def experiment_page(analysis: Analysis) -> str:
    """The whole report as one HTML page."""
    name = analysis.settings.experiment.name
    if analysis.outcomes.users.num_rows == 0:
        summary = f"There is no experiment data up to {analysis.day}."
        note = callout(
            f"Nobody has been exposed to one variant of {name} alone since "
            f"{analysis.settings.first_day}. The report fills once the service logs exposures.",
            tone="warn",
        )
        return render_report(
            title=f"A/B report: {name}",
            summary=summary,
            sections=[Section("Nothing to compare yet", note), _reading(analysis)],
        )
    sections = [
        Section("At a glance", _glance(analysis)),
        Section("Effects", (forest(analysis) if analysis.effects else "") + _effects(analysis)),
        Section("GMV over time", growth(analysis)),
        Section("Can this be trusted?", _trust(analysis)),
        _reading(analysis),
        Section("As data", code(json.dumps(as_results(analysis), indent=2, ensure_ascii=False))),
    ]
    return render_report(title=f"A/B report: {name}", summary=_sentence(analysis), sections=sections)


def _sentence(analysis: Analysis) -> str:
    told = " ".join(_said(analysis, name) for name in analysis.verdicts)
    return f"{analysis.settings.first_day} to {analysis.day}. " + (
        told or f"One variant alone gives nothing to compare: {NOT_ENOUGH}."
    )


def _said(analysis: Analysis, treatment: str) -> str:
    settings, verdict = analysis.settings, analysis.verdicts[treatment]
    effect = analysis.effect(settings.primary, treatment)
    said = f"{treatment} against {settings.experiment.control}: {verdict}"
    if effect is None or verdict == INVALID:
        return f"{said}."
    label = metric_named(settings.primary).label
    return f"{said}; {label} {percent(effect.relative)} ({percents(effect.relative_interval)})."


def _glance(analysis: Analysis) -> str:
    settings = analysis.settings
    label = metric_named(settings.primary).label
    body = ""
    for name, verdict in analysis.verdicts.items():
        effect = analysis.effect(settings.primary, name)
        items = []
        if effect is not None:
            interval = f"{settings.confidence:.0%} interval {percents(effect.relative_interval)}"
            items.append(Card(f"{label}, {name}", percent(effect.relative), interval))
            low, high = (percent(value) for value in effect.always_interval)
            items.append(Card("Interval at every look", f"{low} … {high}", "decides the verdict"))
        if settings.truth is not None and name == settings.treatments[0]:
            items.append(Card("True effect", percent(settings.truth), "known to the simulation alone"))
        body += callout(_said(analysis, name), tone=_TONES.get(verdict, "plain"))
        body += cards(items) if items else ""
    users = [
        Card(f"Users, {variant.name}", f"{variant.users:,}", f"{variant.impressions:,} products shown")
        for variant in analysis.variants
    ]
    return body + cards(users)


def _effects(analysis: Analysis) -> str:
    currency = analysis.outcomes.currency
    plain = [
        [metric.label, *(_written(metric, v.values[metric.name], currency) for v in analysis.variants)]
        for metric in METRICS
    ]
    rows = [_effect_row(effect, currency) for effect in analysis.effects]
    return table(
        ["metric", *(variant.name for variant in analysis.variants)], plain, caption="Plain values"
    ) + table(
        ["metric", "treatment", "change", "interval", "absolute change", "interval", "p"],
        rows,
        caption="Changes against the control, adjusted by what users did before the experiment",
    )


def _effect_row(effect: Effect, currency: str) -> list[object]:
    metric = metric_named(effect.metric)
    low, high = effect.absolute_interval
    return [
        metric.label,
        effect.treatment,
        percent(effect.relative),
        percents(effect.relative_interval),
        _written(metric, effect.absolute, currency),
        f"{_written(metric, low, '')} to {_written(metric, high, '')}",
        f"{effect.p_value:.3g}",
    ]


def _written(metric: Metric, value: float, currency: str) -> str:
    if math.isnan(value):
        return "–"
    match metric.unit:
        case "share":
            text = f"{value:.2%}".replace("%", " %")
        case "money":
            text = f"{value:,.2f} {currency}".strip()
        case "count":
            text = format_number(value)
    return text.replace("-", "−")


def _trust(analysis: Analysis) -> str:
    outcomes, ratio_p = analysis.outcomes, analysis.sample_ratio_p
    if ratio_p < MISMATCH:
        tone, said = (
            "bad",
            "The numbers of users contradict the planned shares: mend the assignment or the logs.",
        )
    else:
        tone, said = "good", "The numbers of users agree with the planned shares."
    experiment = analysis.settings.experiment
    rows = [
        [
            variant.name,
            f"{experiment.variant(variant.name).share:.1%}".replace("%", " %"),
            variant.users,
            variant.impressions,
            variant.degraded,
        ]
        for variant in analysis.variants
    ]
    return (
        callout(f"{said} Sample ratio p = {format_number(ratio_p, digits=2)}.", tone=tone)
        + table(["variant", "planned share", "users", "products shown", "of these by a fallback"], rows)
        + cards(
            [
                Card("Users who saw two variants", f"{outcomes.contaminated:,}", "left out of every number"),
                Card("Order lines without a price", f"{outcomes.unpriced:,}", "counted as orders of value 0"),
            ]
        )
    )


def _reading(analysis: Analysis) -> Section:
    settings = analysis.settings
    rows = [[metric.label, metric.meaning] for metric in METRICS]
    primary = metric_named(settings.primary).label
    text = prose(
        "A verdict of better or worse needs the interval that holds at every look to lie on one side of "
        f"zero, at least {FEWEST_USERS} users in each variant, and {FEWEST_VALUES} in each whose {primary} "
        "is not zero. It may be read every day without harm. The other interval has its "
        f"{settings.confidence:.0%} only on a day that was fixed in advance.",
        f"Users enter with the first product they are shown. What they did in the {settings.covariate_days} "
        f"days before {settings.first_day} makes the intervals narrower, not the effect larger.",
    )
    return Section("How to read this", text + table(["metric", "meaning"], rows))
