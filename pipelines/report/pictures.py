"""The pictures of the index."""

from __future__ import annotations

from typing import Any

from airloom.html_report.figures import SERIES, SOFT, figure, plot_style

Figures = dict[str, Any]


def lift_picture(experiment: Figures) -> str:
    """The estimated lift of GMV per user with its intervals, and the simulation's truth."""
    import matplotlib.pyplot as plt

    rows = (("one look", experiment["ci"]), ("every look", experiment["always_valid_ci"]))
    with plot_style():
        fig, axes = plt.subplots(figsize=(9, 2.2))
        for place, (_, (low, high)) in enumerate(rows):
            axes.plot([100 * low, 100 * high], [place, place], color=SERIES[0], linewidth=6, alpha=0.35)
            axes.plot([100 * experiment["gmv_per_user_lift"]], [place], "o", color=SERIES[0], markersize=9)
        axes.axvline(100 * experiment["true_lift"], color=SERIES[1], linestyle="--")
        axes.annotate(
            "truth",
            (100 * experiment["true_lift"], 1.55),
            color=SERIES[1],
            ha="center",
            annotation_clip=False,
        )
        axes.axvline(0, color=SOFT, linewidth=1)
        axes.set_yticks(range(len(rows)), [name for name, _ in rows])
        axes.set_ylim(-0.6, 1.5)
        axes.set_xlabel("lift of GMV per user, AIR against item-CF, %")
        shown = figure(fig, alt="Estimated lift with intervals beside the true lift")
        plt.close(fig)
    return shown


def models_picture(model: Figures) -> str:
    """HR@10 of every ranker on orders later than all that it saw."""
    import matplotlib.pyplot as plt

    values = {"air": model["hr10"]} | {name: found["hr10"] for name, found in model["baselines"].items()}
    ordered = sorted(values.items(), key=lambda pair: pair[1])
    with plot_style():
        fig, axes = plt.subplots(figsize=(9, 0.5 * len(ordered) + 0.9))
        colours = [SERIES[0] if name == "air" else SERIES[5] for name, _ in ordered]
        bars = axes.barh(
            [name.replace("_", " ") for name, _ in ordered], [v for _, v in ordered], color=colours
        )
        axes.bar_label(bars, fmt="%.3f", padding=4)
        axes.set_xlabel("HR@10: share of later orders among the first ten")
        shown = figure(fig, alt="HR@10 of every ranker")
        plt.close(fig)
    return shown


def intents_picture(by_reasoner: Figures) -> str:
    """Precision and recall of each reasoner's leaves against the hidden lifestyles."""
    import matplotlib.pyplot as plt
    import numpy as np

    names = list(by_reasoner)
    places = np.arange(len(names))
    with plot_style():
        fig, axes = plt.subplots(figsize=(9, 3))
        for offset, (key, colour) in enumerate(zip(("precision", "recall"), SERIES, strict=False)):
            heights = [by_reasoner[name][key] for name in names]
            bars = axes.bar(places + 0.36 * offset - 0.18, heights, 0.34, label=key, color=colour)
            axes.bar_label(bars, fmt="%.2f", padding=2)
        axes.set_xticks(places, [f"{name}\n{by_reasoner[name]['videos']:,} videos" for name in names])
        axes.set_ylim(0, 1)
        axes.legend(ncols=2, loc="upper left")
        shown = figure(
            fig,
            alt="Precision and recall of each reasoner",
            caption="Of the three strongest leaves of each lifestyle video; the reasoners saw titles alone.",
        )
        plt.close(fig)
    return shown
