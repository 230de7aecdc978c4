"""The HTML report of a benchmark: how the models did on public data, and how far to believe it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby

from markupsafe import Markup

from airloom.bench.plots import curves, differences, hit_rates, panel_names, readable, slice_rates
from airloom.bench.results import ALL, SAMPLED_CUTS, Difference, ModelResult, Results
from airloom.html_report.blocks import Card, callout, cards, code, prose, table
from airloom.html_report.numbers import MINUS, format_percent
from airloom.html_report.report import Section, render_report
from airloom.ranking.evaluation.intervals import Estimate
from airloom.ranking.evaluation.metrics import CUTS


def bench_report(results: Results) -> str:
    """Return the report as one HTML document; at least one model."""
    sections = [
        Section("At a glance", _glance(results)),
        Section("HR@10: how often the bought product is in the top 10", hit_rates(results)),
    ]
    if results.differences:
        sections.append(Section("Paired differences", _differences(results)))
    sections.append(Section("HR@k by k", curves(results)))
    if any(model.slices for model in results.models):
        sections.append(Section("New users, cold and rare items", _slices(results)))
    if any(model.full for model in results.models):
        sections.append(Section("Among all products", _full(results)))
    sections += [
        Section("All metrics", _everything(results)),
        Section("How this was measured", _method(results)),
    ]
    data = results.context.dataset
    return render_report(
        title=f"Benchmark: {data['name']}{'' if data['split'] == 'test' else ', valid split'}",
        summary=_summary(results),
        sections=sections,
    )


def _best(results: Results) -> ModelResult:
    return max(results.models, key=lambda model: model.test[ALL].hr10.mean)


def _summary(results: Results) -> str:
    data, best = results.context.dataset, _best(results)
    hits = best.test[ALL].hr10
    return (
        f"In {data['cases']:,} cases a user bought a product. Each model ranked it among "
        f"{data['candidates']:,.0f} products of the same domain. The best, {readable(best.name)}, "
        f"has it in the top 10 {format_percent(hits.mean)} of the time "
        f"({format_percent(hits.low)} to {format_percent(hits.high)})."
    )


def _glance(results: Results) -> str:
    headline = Markup("").join(
        callout(f"{_comparison(difference)} {_change(difference)}", tone=_tone(difference.hr10))
        for difference in results.differences
        if difference.where == ALL
    )
    best = [
        (where, max(results.models, key=lambda model: model.test[where].hr10.mean))
        for where in results.domains
    ]
    return headline + cards(
        [
            Card(
                f"HR@10, {where}",
                f"{model.test[where].hr10.mean:.3f}",
                f"{readable(model.name)}, {_between(model.test[where].hr10)}",
            )
            for where, model in best
        ]
    )


def _comparison(difference: Difference) -> str:
    of, minus = readable(difference.of), readable(difference.minus)
    if difference.hr10.low > 0:
        return f"{of} is better than {minus}."
    if difference.hr10.high < 0:
        return f"{of} is worse than {minus}."
    return f"{of} vs {minus}: no significant difference on {difference.targets:,} targets."


def _change(difference: Difference) -> str:
    return f"HR@10 {_signed(difference.hr10)}, NDCG@10 {_signed(difference.ndcg10)}."


def _tone(estimate: Estimate) -> str:
    if estimate.low > 0:
        return "good"
    return "bad" if estimate.high < 0 else "plain"


def _differences(results: Results) -> str:
    about = prose(
        "Two models rank the same targets against the same products, so the interval of their difference is "
        "narrower than their two intervals above suggest. Of many such intervals some miss by chance: the "
        "line of all targets decides, the others say where to look."
    )
    return about + differences(results)


def _slices(results: Results) -> str:
    names = list(results.models[0].slices)
    rows = [
        [readable(model.name), *(f"{model.slices[name].hr10.mean:.3f}" for name in names)]
        for model in results.models
    ]
    about = prose(
        "Cold items never occur in training, rare items at most five times. No purchases: nothing in the "
        "history is about a product. Short histories: at most five events. New users: training holds nothing "
        "else of theirs."
    )
    return about + slice_rates(results) + table(["Model", *names], rows, caption="HR@10")


def _full(results: Results) -> str:
    measured = [model for model in results.models if model.full]
    domains = list(measured[0].full)
    rows = [
        [
            readable(model.name),
            *(
                f"{estimate.mean:.3f} ({_between(estimate)})"
                for where in domains
                for estimate in (model.full[where].hr10, model.full[where].ndcg10)
            ),
        ]
        for model in measured
    ]
    targets = ", ".join(f"{score.targets:,} of {where}" for where, score in measured[0].full.items())
    about = prose(
        "Ranks among sampled products are optimistic for every model, and can order models wrongly. Here "
        "each target is ranked among all products of its domain, with the first seed. A list has one target, "
        "so recall is HR. Never touched before: no event of the user's history is about the product. "
        f"Targets: {targets}."
    )
    head = [f"{metric}, {where}" for where in domains for metric in ("HR@10", "NDCG@10")]
    return (
        about
        + table(["Model", *head], rows)
        + Markup().join(_full_metrics(measured, where) for where in domains)
    )


def _full_metrics(models: Sequence[ModelResult], where: str) -> str:
    names = ("hr", "ndcg", "mrr")
    head = [f"{name.upper()}@{k}" for name in names for k in CUTS]
    rows = [
        [
            readable(model.name),
            *(f"{model.full[where].metrics[f'{name}{k}']:.3f}" for name in names for k in CUTS),
        ]
        for model in models
    ]
    return table(["Model", *head], rows, caption=where)


def _everything(results: Results) -> str:
    tables = [_metrics(results.models, where) for where in panel_names(results)]
    pairs = groupby(results.differences, key=lambda d: (d.of, d.minus))
    tables += [_pair(list(pair)) for _, pair in pairs]
    return "".join([*tables, _costs(results)])


def _metrics(models: Sequence[ModelResult], where: str) -> str:
    head = [f"{metric}@{k}" for metric in ("HR", "NDCG") for k in SAMPLED_CUTS]
    rows = []
    for model in models:
        score = model.test[where]
        means = [*score.hr.values(), *score.ndcg.values()]
        seeds = ", ".join(f"{value:.3f}" for value in score.hr10_by_seed)
        rows.append([readable(model.name), *(f"{mean:.3f}" for mean in means), seeds])
    targets = models[0].test[where].targets
    return table(["Model", *head, "HR@10 by seed"], rows, caption=f"{where}, {targets:,} targets")


def _pair(differences: Sequence[Difference]) -> str:
    rows = [[d.where, d.targets, _signed(d.hr10), _signed(d.ndcg10)] for d in differences]
    caption = f"{readable(differences[0].of)} minus {readable(differences[0].minus)}"
    return table(["Where", "Targets", "HR@10", "NDCG@10"], rows, caption=caption)


def _costs(results: Results) -> str:
    rows = [
        [
            readable(model.name),
            len(model.measured.ranks),
            f"{model.measured.seconds_training:,.1f}",
            f"{model.measured.seconds_ranking:,.1f}",
            f"{model.measured.memory_mb:,.0f}",
        ]
        for model in results.models
    ]
    head = ["Model", "Seeds", "Seconds training", "Seconds ranking", "Peak memory, MB"]
    shared = results.context.dataset.get("seconds_shared")
    counted = f", after {shared:,.0f} seconds for titles, intents and neighbors" if shared else ""
    return table(head, rows, caption=f"Cost, all seeds together{counted}")


def _method(results: Results) -> str:
    context, how = results.context, results.intervals
    data = context.dataset
    return (
        prose(
            f"{data['cases']:,} targets of {data['users']:,} users. Each was ranked against other products "
            "of its own domain, drawn once, uniformly and without replacement, the same for every model and "
            "every seed. What the user had bought before may be among them. A tie counts against the target.",
            "A metric is averaged over seeds for each target, then over targets. Intervals hold "
            f"{how.confidence:.0%} of {how.resamples:,} bootstrap resamples of users, each with all their "
            "targets, and of seeds; they say nothing about other data.",
        )
        + table(
            ["", ""],
            [
                ["Commit", context.commit],
                *([str(name), str(value)] for name, value in context.machine.items()),
                ["Digest of targets and products", data["digest"]],
            ],
        )
        + code(
            json.dumps(
                {"dataset": dict(data), "settings": dict(context.settings)}, indent=2, ensure_ascii=False
            )
        )
    )


def _between(estimate: Estimate) -> str:
    return f"{estimate.low:.3f} to {estimate.high:.3f}"


def _signed(estimate: Estimate) -> str:
    return estimate.signed().replace("-", MINUS)
