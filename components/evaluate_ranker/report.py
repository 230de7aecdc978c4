"""The HTML report of an evaluation: which ranker is better, by how much, for whom, and how training went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from airloom.causes import Cause
from airloom.html_report.blocks import prose, table
from airloom.html_report.figures import SERIES, SOFT, figure, plot_style
from airloom.html_report.report import Section, render_report
from airloom.ranking.candidates.generation import CandidateSettings
from airloom.ranking.evaluation.metrics import CUTS, METRICS
from components.build_training_set.dataset import days_of
from components.evaluate_ranker.models import AIR, DISPLAY_NAMES
from components.train_ranker.choice import WITH_INTENTS, WITHOUT_INTENTS, choice_text
from components.train_ranker.training_run import TOWER

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def evaluation_report(result: dict[str, Any], curves: dict[str, list[dict[str, float]]]) -> str:
    """Return the result of `airloom.ranking.evaluation.evaluate` and the training curves as HTML."""
    models, window = result["models"], result["dataset"]["evaluation"]
    best = max((name for name in models if name != AIR), key=lambda name: models[name]["ndcg10"])
    lead = result["differences"][best]["ndcg10"]
    summary = (
        f"On {result['targets']:,} orders of {result['users']:,} users, {days_of(window)}, in lists of all "
        f"{result['products']:,} products on sale, AIR reaches HR@10 {models[AIR]['hr10']:.3f} and NDCG@10 "
        f"{models[AIR]['ndcg10']:.3f}; vs the best baseline ({DISPLAY_NAMES[best]}): NDCG@10 "
        f"{lead['mean']:+.3f}, {result['settings']['confidence']:.0%} CI {lead['low']:+.3f} to "
        f"{lead['high']:+.3f}"
        f"{', not significant' if lead['low'] <= 0 <= lead['high'] else ''}."
    )
    return render_report(
        title=f"Ranker {result['model_version']}",
        summary=summary,
        sections=[
            Section("Offline test: how often the ordered product is near the top", _metrics(models)),
            Section("What AIR adds", _differences(result)),
            Section("Products not touched before, new users, new products", _slices(result["slices"])),
            Section("Recall of the candidates", _recall(result["recall"])),
            Section("Are the reasons true?", _reasons(result["reasons"])),
            Section("Training", _training(result["choice"], curves)),
            Section("How this was measured", _method(result)),
        ],
    )


def _metrics(models: dict[str, dict[str, float]]) -> str:
    about = prose(
        "HR: a product that was ordered at that moment is among the first k of the list; recall: the share "
        "of them that is; NDCG and MRR also count how near to the top. With one order in a moment, HR and "
        "recall are the same."
    )
    head = ["Ranker", *(f"@{k}" for k in CUTS)]
    tables = [
        table(
            head,
            [
                [DISPLAY_NAMES[name], *(f"{metrics[f'{metric}{k}']:.3f}" for k in CUTS)]
                for name, metrics in models.items()
            ],
            caption="Recall" if metric == "recall" else metric.upper(),
        )
        for metric in METRICS
    ]
    return about + Markup().join(tables)


def _differences(result: dict[str, Any]) -> str:
    rows = [
        [
            f"AIR - {DISPLAY_NAMES[name]}",
            label,
            f"{difference['mean']:+.4f}",
            f"{difference['low']:+.4f}",
            f"{difference['high']:+.4f}",
        ]
        for name, metrics in result["differences"].items()
        for label, difference in (("HR@10", metrics["hr10"]), ("NDCG@10", metrics["ndcg10"]))
    ]
    picture = figure(_intervals(result["differences"]), alt="Differences of NDCG@10 with their intervals")
    return picture + table(["Difference", "Metric", "Mean", "Low", "High"], rows)


def _recall(recalled: dict[str, Any]) -> str:
    sentence = (
        f"Among {recalled['limit']} generated candidates (the service takes {CandidateSettings().limit} "
        f"when a request names none) is the ordered product in {recalled['union']:.1%} of the cases."
    )
    rows = [
        [source, f"{recalled['alone'][source]:.3f}", f"{recalled['without'][source]:.3f}"]
        for source in recalled["alone"]
    ]
    return prose(sentence) + table(["Source", "Only this one", "All but this one"], rows)


def _reasons(reasons: dict[str, Any]) -> str:
    chains = "None of them has an intent chain."
    if reasons["true_chains"] is not None:
        chains = (
            f"{reasons['with_chain']:.1%} of them have an intent chain that is a path of every event shown "
            f"with it; {reasons['true_chains']:.1%} of all chains are."
        )
    sentence = (
        f"AIR was asked for {reasons['pages']:,} pages with {reasons['products']:,} products, as they would "
        f"have been before the first orders of the window. {chains} The causes that the reasons name:"
    )
    rows = [[cause, f"{share:.1%}", Cause(cause).meaning] for cause, share in reasons["causes"].items()]
    return prose(sentence) + table(["Cause", "Products", "It says"], rows)


def _slices(slices: dict[str, Any]) -> str:
    names = list(next(iter(slices.values()))["models"])
    rows = [
        [label, part["targets"], *(f"{part['models'][name]['hr10']:.3f}" for name in names)]
        for label, part in slices.items()
    ]
    about = prose(
        "HR@10. Touched before: an event of the user's history is about the product that was ordered. Before "
        "the window, cold users had no event in the shop, and cold items no event of any user."
    )
    return about + table(["Slice", "Orders", *(DISPLAY_NAMES[name] for name in names)], rows)


def _method(result: dict[str, Any]) -> str:
    settings = result["settings"]
    return prose(
        f"Every ranker saw the snapshot of {result['dataset']['evaluation']['from']} and the history up "
        f"to the midnight before each order, and ordered the same {result['candidates']} candidates, which "
        "the service generates from all products on sale where a request names none. No product is drawn by "
        "chance, and earlier orders may be in the list. A product that is not among the candidates is found "
        "by nobody; ties count against the ordered product. "
        f"Intervals hold {settings['confidence']:.0%} of "
        f"{settings['resamples']:,} bootstrap resamples of users, paired."
    )


def _intervals(differences: dict[str, Any]) -> Figure:
    with plot_style():
        from matplotlib.figure import Figure

        drawn = Figure(figsize=(9.0, 2.2))
        axes = drawn.add_subplot()
        for row, metrics in enumerate(differences.values()):
            metric = metrics["ndcg10"]
            axes.plot([metric["low"], metric["high"]], [row, row], color=SERIES[0])
            axes.plot([metric["mean"]], [row], "o", color=SERIES[0])
        axes.axvline(0.0, color=SOFT, linewidth=1)
        axes.set_yticks(range(len(differences)), [DISPLAY_NAMES[name] for name in differences])
        axes.invert_yaxis()
        axes.set_ylim(len(differences) - 0.5, -0.5)
        axes.set_xlabel("NDCG@10 of AIR minus NDCG@10 of the other")
    return drawn


def _training(choice: dict[str, Any], curves: dict[str, list[dict[str, float]]]) -> str:
    return prose(choice_text(choice)) + figure(_curves(curves), alt="Errors on held-out data by epoch")


def _curves(curves: dict[str, list[dict[str, float]]]) -> Figure:
    """Draw the training curves of the towers and then of the rankers, each half on a scale of its own."""
    rankers = {WITH_INTENTS: "AIR with intents", WITHOUT_INTENTS: "AIR without intents"}
    towers = {name: name.removesuffix(TOWER) for name in curves if name.endswith(TOWER)}
    halves = {"towers: 1 - mean reciprocal rank": towers, "rankers: loss": rankers}
    with plot_style():
        from matplotlib.figure import Figure

        drawn = Figure(figsize=(9.0, 3.2))
        for column, (title, labels) in enumerate(halves.items(), start=1):
            axes = drawn.add_subplot(1, 2, column)
            for (name, label), color in zip(labels.items(), SERIES, strict=False):
                held_out = [epoch["held_out_error"] for epoch in curves[name]]
                axes.plot(range(1, len(held_out) + 1), held_out, "o-", color=color, label=label, markersize=3)
            axes.set_xlabel("epoch")
            axes.set_title(f"{title}, held out", fontsize="medium")
            axes.legend()
        drawn.tight_layout()
    return drawn
