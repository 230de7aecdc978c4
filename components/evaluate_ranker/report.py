"""The evaluation as a page: who is better, by how much, for whom, and how training went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airloom.html_report.blocks import prose, table
from airloom.html_report.figures import SERIES, SOFT, figure, plot_style
from airloom.html_report.report import Section, render_report
from airloom.ranking.evaluation.evaluate import CUTS
from components.train_ranker.training_run import CONTROL, RANKER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAMES: Final = {
    "air": "AIR",
    "air_without_intents": "AIR without intents",
    "sequence": "SASRec with titles",
    "item_cf": "item-CF",
    "popularity": "popularity",
}


def evaluation_page(result: dict[str, Any], curves: dict[str, list[dict[str, float]]]) -> str:
    """One HTML document about the result of `airloom.ranking.evaluation.evaluate` and the training curves."""
    models, window = result["models"], result["dataset"]["evaluation"]
    others = max((name for name in models if name != "air"), key=lambda name: models[name]["ndcg10"])
    lead = result["differences"][others]["ndcg10"]
    summary = (
        f"On {result['targets']:,} orders of {result['users']:,} users from {window['from']} to before "
        f"{window['before']}, each among {result['candidates']:,.0f} products, AIR reaches HR@10 "
        f"{models['air']['hr10']:.3f} and NDCG@10 {models['air']['ndcg10']:.3f}. Against "
        f"{NAMES[others]}, the best of the others, NDCG@10 differs by {lead['mean']:+.3f} "
        f"({lead['low']:+.3f} to {lead['high']:+.3f})."
    )
    return render_report(
        title=f"Ranker {result['model_version']}",
        summary=summary,
        sections=[
            Section("How often the ordered product is near the top", _metrics(models)),
            Section("What AIR adds", _differences(result)),
            Section("New users and new products", _slices(result["slices"])),
            Section("Finding candidates", _recall(result["recall"])),
            Section("Training", figure(_curves(curves), alt="Errors on held-out data by epoch")),
            Section("How this was measured", _method(result)),
        ],
    )


def _metrics(models: dict[str, dict[str, float]]) -> str:
    columns = [f"{metric}{k}" for metric in ("hr", "ndcg") for k in CUTS]
    head = [f"{metric}@{k}" for metric in ("HR", "NDCG") for k in CUTS]
    rows = [[NAMES[name], *(f"{found[column]:.3f}" for column in columns)] for name, found in models.items()]
    return table(["Ranker", *head], rows)


def _differences(result: dict[str, Any]) -> str:
    rows = [
        [
            f"AIR - {NAMES[name]}",
            label,
            f"{found['mean']:+.4f}",
            f"{found['low']:+.4f}",
            f"{found['high']:+.4f}",
        ]
        for name, metrics in result["differences"].items()
        for label, found in (("HR@10", metrics["hr10"]), ("NDCG@10", metrics["ndcg10"]))
    ]
    picture = figure(_intervals(result["differences"]), alt="Differences of NDCG@10 with their intervals")
    return picture + table(["Difference", "Metric", "Mean", "Low", "High"], rows)


def _recall(found: dict[str, Any]) -> str:
    said = (
        f"When a request names no candidates, {found['limit']} products are proposed. The product that was "
        f"ordered is among them in {found['union']:.1%} of the cases."
    )
    rows = [
        [source, f"{found['alone'][source]:.3f}", f"{found['without'][source]:.3f}"]
        for source in found["alone"]
    ]
    return prose(said) + table(["Source", "Alone", "All but this one"], rows)


def _slices(slices: dict[str, Any]) -> str:
    names = list(next(iter(slices.values()))["models"])
    rows = [
        [label, found["targets"], *(f"{found['models'][name]['hr10']:.3f}" for name in names)]
        for label, found in slices.items()
    ]
    about = prose(
        "HR@10. Cold users had done nothing in the shop, cold products had not been touched by anybody, "
        "before the window."
    )
    return about + table(["Slice", "Orders", *(NAMES[name] for name in names)], rows)


def _method(result: dict[str, Any]) -> str:
    settings = result["settings"]
    pool = {"all": "all products", "same_top": "those of the ordered product's top category"}
    return prose(
        f"Every ranker saw the snapshot as of {result['dataset']['evaluation']['from']} and the history up "
        "to the midnight before each order. The products to compare with were drawn once, evenly, from "
        f"{pool[settings['negatives_from']]}, with seed {settings['seed']}, without what the user ordered "
        "before or wanted in the same days; ties count against the ordered product. "
        f"Intervals hold {settings['confidence']:.0%} of "
        f"{settings['resamples']:,} bootstrap resamples of users, paired."
    )


def _intervals(differences: dict[str, Any]) -> Figure:
    with plot_style():
        from matplotlib.figure import Figure

        drawn = Figure(figsize=(9.0, 2.2))
        axes = drawn.add_subplot()
        for place, found in enumerate(differences.values()):
            metric = found["ndcg10"]
            axes.plot([metric["low"], metric["high"]], [place, place], color=SERIES[0])
            axes.plot([metric["mean"]], [place], "o", color=SERIES[0])
        axes.axvline(0.0, color=SOFT, linewidth=1)
        axes.set_yticks(range(len(differences)), [NAMES[name] for name in differences])
        axes.invert_yaxis()
        axes.set_ylim(len(differences) - 0.5, -0.5)
        axes.set_xlabel("NDCG@10 of AIR minus NDCG@10 of the other")
    return drawn


def _curves(curves: dict[str, list[dict[str, float]]]) -> Figure:
    """How the sequence encoders and then the rankers were fitted: each on a scale of its own."""
    labels = {RANKER: "AIR", CONTROL: "AIR without intents"}
    halves = {"sequence encoder: 1 - mean reciprocal rank": "_encoder", "ranker: loss": ""}
    with plot_style():
        from matplotlib.figure import Figure

        drawn = Figure(figsize=(9.0, 3.2))
        for place, (what, suffix) in enumerate(halves.items(), start=1):
            axes = drawn.add_subplot(1, 2, place)
            for (name, label), colour in zip(labels.items(), SERIES, strict=False):
                curve = curves[name + suffix]
                held_out = [epoch["held_out_error"] for epoch in curve]
                axes.plot(range(1, len(curve) + 1), held_out, "o-", color=colour, label=label, markersize=3)
            axes.set_xlabel("epoch")
            axes.set_title(f"{what}, held out", fontsize="medium")
            axes.legend()
        drawn.tight_layout()
    return drawn
