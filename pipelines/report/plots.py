"""The plots of the index."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from airloom.experiments.results import Headline, Lift
from airloom.html_report.figures import SERIES, SOFT, figure, plot_style
from airloom.simulation.truth import IntentQuality
from components.evaluate_ranker.models import AIR, DISPLAY_NAMES


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


def leads_plot(differences: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Return by how much AIR's HR@10 is above that of each other ranker, with the intervals."""
    with plot_style():
        fig = Figure(figsize=(9, 0.45 * len(differences) + 0.9))
        axes = fig.subplots()
        for row, metrics in enumerate(differences.values()):
            lead = metrics["hr10"]
            axes.plot([lead["low"], lead["high"]], [row, row], color=SERIES[0], linewidth=6, alpha=0.35)
            axes.plot([lead["mean"]], [row], "o", color=SERIES[0], markersize=9)
        axes.axvline(0, color=SOFT, linewidth=1)
        axes.set_yticks(range(len(differences)), [DISPLAY_NAMES.get(name, name) for name in differences])
        axes.invert_yaxis()
        axes.set_ylim(len(differences) - 0.5, -0.5)
        axes.set_xlabel(f"HR@10 of {DISPLAY_NAMES[AIR]} minus HR@10 of the other; right of zero it is better")
        return figure(fig, alt="Leads in HR@10 over the baselines, with intervals")


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
