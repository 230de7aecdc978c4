"""The HTML report of an experiment: what it showed, and how far to believe it."""

from __future__ import annotations

import json
import math
from typing import Final

from airloom.experiments.analysis import (
    MIN_NONZERO_USERS,
    MIN_SAMPLE_RATIO_P,
    MIN_USERS,
    Analysis,
    ExperimentVerdict,
)
from airloom.experiments.effects import Effect
from airloom.experiments.metrics import METRICS, Metric, metric_named
from airloom.experiments.plots import forest_plot, format_interval, primary_over_time
from airloom.experiments.results import as_results
from airloom.experiments.sensitivity_block import sensitivity_block
from airloom.experiments.surfaces import METRICS_OF_SURFACES, on_surfaces
from airloom.html_report.blocks import Card, callout, cards, code, prose, table
from airloom.html_report.numbers import MINUS, format_number, format_percent
from airloom.html_report.report import Section, render_report

_TONES: Final = {
    ExperimentVerdict.BETTER: "good",
    ExperimentVerdict.WORSE: "bad",
    ExperimentVerdict.SAMPLE_RATIO_MISMATCH: "bad",
    ExperimentVerdict.NOT_ENOUGH_DATA: "warn",
    ExperimentVerdict.NO_DIFFERENCE: "plain",
}


def experiment_report(analysis: Analysis) -> str:
    """Return the report as one HTML document."""
    settings = analysis.settings
    title = f"A/B report: {settings.experiment.name}"
    if analysis.outcomes.users.num_rows == 0:
        note = callout(
            f"No user has seen exactly one variant of {settings.experiment.name} "
            f"{_period(analysis)}. The report fills once the service logs exposures.",
            tone="warn",
        )
        return render_report(
            title=title,
            summary=f"There is no experiment data up to {analysis.day}.",
            sections=[Section("Nothing to compare yet", note), _how_to_read(analysis)],
        )
    label = metric_named(settings.primary).label
    sections = [
        Section("At a glance", _glance(analysis)),
        Section("Effects", (forest_plot(analysis) if analysis.effects else "") + _effects(analysis)),
        *_surfaces(analysis),
        Section(f"{label} over time", primary_over_time(analysis)),
        Section("Does one user or one order make it?", sensitivity_block(analysis)),
        Section("Can this be trusted?", _trust(analysis)),
        _how_to_read(analysis),
        Section("As data", code(json.dumps(as_results(analysis), indent=2, ensure_ascii=False))),
    ]
    return render_report(title=title, summary=_summary(analysis), sections=sections)


def _summary(analysis: Analysis) -> str:
    sentences = " ".join(_sentence(analysis, treatment) for treatment in analysis.verdicts)
    return f"{analysis.outcomes.first_day} to {analysis.day}. " + (
        sentences
        or f"There is only one variant, so there is nothing to compare: {ExperimentVerdict.NOT_ENOUGH_DATA}."
    )


def _period(analysis: Analysis) -> str:
    first = analysis.settings.first_day
    return f"up to {analysis.day}" if first is None else f"from {first} to {analysis.day}"


def _sentence(analysis: Analysis, treatment: str) -> str:
    settings, verdict = analysis.settings, analysis.verdicts[treatment]
    effect = analysis.primary_effect(treatment)
    sentence = f"{treatment} against {settings.experiment.control}: {verdict}"
    if effect is None or verdict is ExperimentVerdict.SAMPLE_RATIO_MISMATCH:
        return f"{sentence}."
    change = f"{format_percent(effect.relative, signed=True)} ({format_interval(effect.relative_interval)})"
    return f"{sentence}; {metric_named(settings.primary).label} {change}."


def _glance(analysis: Analysis) -> str:
    settings = analysis.settings
    label = metric_named(settings.primary).label
    body = ""
    for treatment, verdict in analysis.verdicts.items():
        effect = analysis.primary_effect(treatment)
        items = []
        if effect is not None:
            interval = f"fixed-date interval {format_interval(effect.relative_interval)}"
            items.append(
                Card(f"{label}, {treatment}", format_percent(effect.relative, signed=True), interval)
            )
            low, high = (format_percent(value, signed=True) for value in effect.always_valid_interval)
            items.append(Card("Always-valid interval", f"{low} … {high}", "decides the verdict"))
        if settings.truth is not None and treatment == settings.treatments[0]:
            truth = format_percent(settings.truth, signed=True)
            items.append(Card("True effect", truth, "known only to the simulation"))
        body += callout(_sentence(analysis, treatment), tone=_TONES[verdict])
        body += cards(items) if items else ""
    users = [
        Card(f"Users, {variant.name}", f"{variant.users:,}", f"{variant.impressions:,} products shown")
        for variant in analysis.variants
    ]
    return body + cards(users)


def _effects(analysis: Analysis) -> str:
    currency = analysis.outcomes.currency
    values = [
        [metric.label, *(_format(metric, v.values[metric.name], currency) for v in analysis.variants)]
        for metric in METRICS
    ]
    rows = [_effect_row(effect, currency) for effect in analysis.effects]
    return table(
        ["metric", *(variant.name for variant in analysis.variants)],
        values,
        caption="Values, neither capped nor adjusted",
    ) + table(
        ["metric", "treatment", "change", "fixed-date interval", "absolute change", "interval", "p"],
        rows,
        caption="Changes against the control, capped, and adjusted by what users did before it began (CUPED)",
    )


def _surfaces(analysis: Analysis) -> list[Section]:
    """Return what followed by surface, where products were shown on several."""
    rows = on_surfaces(analysis.outcomes.surfaces)
    if len({row.surface for row in rows}) < 2:
        return []
    currency = analysis.outcomes.currency
    body = table(
        ["surface", "variant", "users", "products shown", *(metric.label for metric in METRICS_OF_SURFACES)],
        [
            [
                row.surface,
                row.variant,
                row.users,
                row.impressions,
                *(_format(metric, row.values[metric.name], currency) for metric in METRICS_OF_SURFACES),
            ]
            for row in rows
        ],
        caption="What followed from what was shown on each surface, neither capped nor adjusted: no test is "
        "made of it, and every number elsewhere is of all surfaces together",
    )
    return [Section("By surface", body)]


def _effect_row(effect: Effect, currency: str) -> list[object]:
    metric = metric_named(effect.metric)
    low, high = effect.absolute_interval
    return [
        metric.label,
        effect.treatment,
        format_percent(effect.relative, signed=True),
        format_interval(effect.relative_interval),
        _format(metric, effect.absolute, currency),
        f"{_format(metric, low, '')} to {_format(metric, high, '')}",
        f"{effect.p_value:.3g}",
    ]


def _format(metric: Metric, value: float, currency: str) -> str:
    if math.isnan(value):
        return "–"
    match metric.unit:
        case "share":
            return format_percent(value, digits=2)
        case "money":
            text = f"{value:,.2f} {currency}".strip()
        case "count":
            text = format_number(value)
    return text.replace("-", MINUS)


def _trust(analysis: Analysis) -> str:
    outcomes, sample_ratio_p = analysis.outcomes, analysis.sample_ratio_p
    if sample_ratio_p < MIN_SAMPLE_RATIO_P:
        tone = "bad"
        sentence = "The numbers of users contradict the planned shares: correct the assignment or the logs."
    else:
        tone, sentence = "good", "The numbers of users agree with the planned shares."
    experiment = analysis.settings.experiment
    rows = [
        [
            variant.name,
            format_percent(experiment.variant(variant.name).share),
            variant.users,
            variant.impressions,
            variant.degraded,
        ]
        for variant in analysis.variants
    ]
    left_out = f"{outcomes.multi_variant_users:,}"
    return (
        callout(f"{sentence} Sample ratio p = {format_number(sample_ratio_p, digits=2)}.", tone=tone)
        + table(["variant", "planned share", "users", "products shown", "of these by a fallback"], rows)
        + cards(
            [
                Card("Users who saw several variants", left_out, "left out of every number"),
                Card("Order lines without a price", f"{outcomes.unpriced:,}", "counted as orders of value 0"),
            ]
        )
    )


def _how_to_read(analysis: Analysis) -> Section:
    settings = analysis.settings
    rows = [[metric.label, metric.meaning] for metric in METRICS]
    primary = metric_named(settings.primary).label
    text = prose(
        f"The primary metric, {primary}, decides. A verdict of better or worse needs its always-valid "
        "interval to lie on one side of zero, capped, and on the same side without the user who has the most "
        f"in the variant that is ahead; at least {MIN_USERS} users in each variant, and "
        f"{MIN_NONZERO_USERS} in each whose {primary} is not zero. The always-valid interval may be read "
        f"every day without harm. The fixed-date interval has its {settings.confidence:.0%} only on one day "
        "that was fixed in advance.",
        "Users enter with the first product they are shown. What they did in the "
        f"{settings.covariate_days} days before {analysis.outcomes.first_day} makes the intervals narrower, "
        "not the effect larger.",
    )
    return Section("How to read this", text + table(["metric", "meaning"], rows))
