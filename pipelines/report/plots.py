"""The plots of the index."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from airloom.experiments.results import Headline, Lift
from airloom.html_report.figures import SERIES, SOFT, figure, plot_style
from airloom.simulation.truth import IntentQuality
from pipelines.report.demo_summary import ModelFigures


def lift_plot(headline: Headline, lift: Lift) -> str:
    """Return the estimated change of the primary metric with its intervals, and the simulation's truth."""
    intervals = {"fixed-date interval": lift.ci, "always-valid interval": lift.always_valid_ci}
    with plot_style():
        fig = Figure(figsize=(9, 2.2))
        axes = fig.subplots()
        for row, (low, high) in enumerate(intervals.values()):
            axes.plot([100 * low, 100 * high], [row, row], color=SERIES[0], linewidth=6, alpha=0.35)
            axes.plot([100 * lift.relative], [row], "o", color=SERIES[0], markersize=9)
        if headline.true_lift is not None:
            truth = 100 * headline.true_lift
            axes.axvline(truth, color=SERIES[1], linestyle="--")
            axes.annotate("truth", (truth, 1.55), color=SERIES[1], ha="center", annotation_clip=False)
        axes.axvline(0, color=SOFT, linewidth=1)
        axes.set_yticks(range(len(intervals)), list(intervals))
        axes.set_ylim(-0.6, 1.5)
        axes.set_xlabel(f"change of {headline.metric.label}, {headline.treatment} vs {headline.control}, %")
        return figure(fig, alt=f"Estimated change of {headline.metric.label} with its intervals")


def models_plot(model: ModelFigures) -> str:
    """Return HR@10 of every ranker on orders later than all that it saw."""
    values = {"air": model.hr10} | {name: quality.hr10 for name, quality in model.baselines.items()}
    ordered = sorted(values.items(), key=lambda pair: pair[1])
    with plot_style():
        fig = Figure(figsize=(9, 0.5 * len(ordered) + 0.9))
        axes = fig.subplots()
        bars = axes.barh(
            [name.replace("_", " ") for name, _ in ordered],
            [value for _, value in ordered],
            color=[SERIES[0] if name == "air" else SERIES[5] for name, _ in ordered],
        )
        axes.bar_label(bars, fmt="%.3f", padding=4)
        axes.set_xlabel("HR@10")
        return figure(fig, alt="HR@10 of every ranker")


def intents_plot(by_reasoner: Mapping[str, IntentQuality]) -> str:
    """Return precision and recall of each reasoner's leaves against the hidden lifestyles."""
    columns = {
        "precision": [quality.precision for quality in by_reasoner.values()],
        "recall": [quality.recall for quality in by_reasoner.values()],
    }
    with plot_style():
        fig = Figure(figsize=(9, 3))
        axes = fig.subplots()
        for number, ((label, heights), color) in enumerate(zip(columns.items(), SERIES, strict=False)):
            left = [index + 0.36 * number - 0.18 for index in range(len(heights))]
            bars = axes.bar(left, heights, 0.34, label=label, color=color)
            axes.bar_label(bars, fmt="%.2f", padding=2)
        labels = [f"{name}\n{quality.videos:,} videos" for name, quality in by_reasoner.items()]
        axes.set_xticks(range(len(labels)), labels)
        axes.set_ylim(0, 1)
        axes.legend(ncols=2, loc="upper left")
        return figure(
            fig,
            alt="Precision and recall of each reasoner",
            caption="Of the three strongest leaves of each lifestyle video; reasoners saw only the titles.",
        )
