"""The page that tells how the models did on public data, and how far to believe it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby

from markupsafe import Markup

from airloom.bench.plots import curves, differences, hit_rates, places, readable, slice_rates
from airloom.bench.results import ALL, Difference, ModelResult, Results
from airloom.html_report.blocks import Card, callout, cards, code, prose, table
from airloom.html_report.report import Section, render_report
from airloom.ranking.evaluation.evaluate import CUTS
from airloom.ranking.evaluation.intervals import Estimate


def bench_page(results: Results) -> str:
    """The whole report as one HTML document; at least one model."""
    sections = [
        Section("At a glance", _glance(results)),
        Section("The wanted product among the first ten", hit_rates(results)),
    ]
    if results.differences:
        sections.append(Section("What makes the difference", _differences(results)))
    sections.append(Section("How far down the list", curves(results)))
    if any(model.slices for model in results.models):
        sections.append(Section("New, rare and little known", _slices(results)))
    if any(model.full for model in results.models):
        sections.append(Section("Among all products", _full(results)))
    sections += [
        Section("Every number", _everything(results)),
        Section("How this was measured", _method(results)),
    ]
    data = results.circumstances.dataset
    return render_report(
        title=f"Benchmark: {data['name']}{'' if data['split'] == 'test' else ', valid split'}",
        summary=_summary(results),
        sections=sections,
    )


def _best(results: Results) -> ModelResult:
    return max(results.models, key=lambda model: model.test[ALL].hr10.mean)


def _summary(results: Results) -> str:
    data, best = results.circumstances.dataset, _best(results)
    hits = best.test[ALL].hr10
    return (
        f"{data['cases']:,} times a person wanted a product. Each model had to find it among "
        f"{data['candidates']:,.0f} products of the same domain. The best, {readable(best.name)}, puts it "
        f"among its first ten {_percent(hits.mean)} of the time ({_percents(hits)})."
    )


def _glance(results: Results) -> str:
    headline = Markup("").join(
        callout(f"{_verdict(found)} {_counted(found)}", tone=_tone(found.hr10))
        for found in results.differences
        if found.where == ALL
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


def _verdict(found: Difference) -> str:
    of, minus = readable(found.of), readable(found.minus)
    if found.hr10.low > 0:
        return f"{of} is better than {minus}."
    if found.hr10.high < 0:
        return f"{of} is worse than {minus}."
    return f"{of} and {minus} cannot be told apart on {found.targets:,} targets."


def _counted(found: Difference) -> str:
    return f"HR@10 differs by {_signed(found.hr10)}, NDCG@10 by {_signed(found.ndcg10)}."


def _tone(found: Estimate) -> str:
    if found.low > 0:
        return "good"
    return "bad" if found.high < 0 else "plain"


def _differences(results: Results) -> str:
    about = prose(
        "Two models rank the same targets against the same products, so their difference is surer than their "
        "two intervals above suggest. Of many such intervals some miss by chance: the line of all targets "
        "decides, the others say where to look."
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
                f"{found.mean:.3f} ({_between(found)})"
                for where in domains
                for found in (model.full[where].hr10, model.full[where].ndcg10)
            ),
        ]
        for model in measured
    ]
    targets = ", ".join(f"{score.targets:,} of {where}" for where, score in measured[0].full.items())
    about = prose(
        "Sampled products flatter every model. Here each target stands among all products of its domain. "
        f"Targets: {targets}."
    )
    head = [f"{metric}, {where}" for where in domains for metric in ("HR@10", "NDCG@10")]
    return about + table(["Model", *head], rows)


def _everything(results: Results) -> str:
    tables = [_metrics(results.models, where) for where in places(results)]
    pairs = groupby(results.differences, key=lambda found: (found.of, found.minus))
    tables += [_pair(list(pair)) for _, pair in pairs]
    return "".join([*tables, _costs(results)])


def _metrics(models: Sequence[ModelResult], where: str) -> str:
    head = [f"{metric}@{k}" for metric in ("HR", "NDCG") for k in CUTS]
    rows = []
    for model in models:
        score = model.test[where]
        means = [*score.hr.values(), *score.ndcg.values()]
        seeds = ", ".join(f"{value:.3f}" for value in score.hr10_by_seed)
        rows.append([readable(model.name), *(f"{mean:.3f}" for mean in means), seeds])
    targets = models[0].test[where].targets
    return table(["Model", *head, "HR@10 by seed"], rows, caption=f"{where}, {targets:,} targets")


def _pair(found: Sequence[Difference]) -> str:
    rows = [[each.where, each.targets, _signed(each.hr10), _signed(each.ndcg10)] for each in found]
    caption = f"{readable(found[0].of)} minus {readable(found[0].minus)}"
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
    head = ["Model", "Seeds", "Seconds training", "Seconds ranking", "Memory of its process, MB"]
    shared = results.circumstances.dataset.get("seconds_shared")
    counted = f", after {shared:,.0f} seconds for titles, intents and neighbours" if shared else ""
    return table(head, rows, caption=f"What it cost, all seeds together{counted}")


def _method(results: Results) -> str:
    about, how = results.circumstances, results.intervals
    data = about.dataset
    return (
        prose(
            f"{data['cases']:,} targets of {data['users']:,} users. Each was ranked against other products "
            "of its own domain, drawn once, evenly and without replacement, the same for every model and "
            "every seed. What the user had bought before may be among them. A tie counts against the target.",
            "A metric is averaged over seeds for each target, then over targets. Intervals hold "
            f"{how.confidence:.0%} of {how.resamples:,} bootstrap resamples of users, each with all their "
            "targets, and of seeds; they say nothing about other data.",
        )
        + table(
            ["", ""],
            [
                ["Commit", about.commit],
                *([str(name), str(value)] for name, value in about.machine.items()),
                ["Digest of targets and products", data["digest"]],
            ],
        )
        + code(
            json.dumps(
                {"dataset": dict(data), "settings": dict(about.settings)}, indent=2, ensure_ascii=False
            )
        )
    )


def _percent(value: float) -> str:
    return f"{value:.1%}".replace("%", " %")


def _percents(found: Estimate) -> str:
    return f"{_percent(found.low)} to {_percent(found.high)}"


def _between(found: Estimate) -> str:
    return f"{found.low:.3f} to {found.high:.3f}"


def _signed(found: Estimate) -> str:
    text = f"{found.mean:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
    return text.replace("-", "−")
