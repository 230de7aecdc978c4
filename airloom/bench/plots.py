"""The plots of the benchmark's report."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from airloom.bench.results import ALL, Results, Score
from airloom.html_report.figures import SERIES, SOFT, figure, plot_style
from airloom.ranking.evaluation.intervals import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_GOOD, _BAD, _PLAIN = SERIES[0], SERIES[1], SERIES[5]
_DASHES: Final = ("-", "--", ":", "-.")
_SPELLING: Final = {"air": "AIR", "cf": "CF", "sasrec": "SASRec"}


class _Panel(NamedTuple):
    """One of several small plots: a title, and for each row an estimate in a color."""

    title: str
    rows: Sequence[tuple[Estimate, str]]


def readable(name: str) -> str:
    """Return a model's name for people."""
    return " ".join(_SPELLING.get(word, word) for word in name.split("_"))


def panel_names(results: Results) -> list[str]:
    """Return the domains, and `ALL` where there are several."""
    return [*results.domains, ALL] if len(results.domains) > 1 else results.domains


def hit_rates(results: Results) -> str:
    """Return HR@10 of every model with its interval, one panel a domain."""
    scores = {where: [model.test[where] for model in results.models] for where in panel_names(results)}
    return _best_marked(results, scores, alt="HR@10 of each model with its interval, by domain")


def slice_rates(results: Results) -> str:
    """Return HR@10 of every model with its interval, one panel a slice."""
    scores = {where: [m.slices[where] for m in results.models] for where in results.models[0].slices}
    return _best_marked(results, scores, alt="HR@10 of each model with its interval, by slice")


def differences(results: Results) -> str:
    """Return every paired difference of HR@10 with its interval, one panel a pair of models."""
    pairs = [list(g) for _, g in groupby(results.differences, key=lambda d: (d.of, d.minus))]
    panels = [
        _Panel(
            f"{readable(pair[0].of)} minus {readable(pair[0].minus)}",
            [(difference.hr10, _interval_color(difference.hr10)) for difference in pair],
        )
        for pair in pairs
    ]
    labels = [f"{difference.where} ({difference.targets:,})" for difference in pairs[0]]
    with plot_style():
        fig, axes = _whiskers(panels, labels, per_row=2, xlabel="difference of HR@10")
        for panel in axes:
            panel.axvline(0, color=SOFT, linewidth=1, zorder=0)
        return figure(
            fig,
            alt="Paired differences of HR@10 between models with their intervals",
            caption="Green: better. Orange: worse. Grey: not significant. In brackets: number of targets.",
        )


def curves(results: Results) -> str:
    """Return HR@k against k, one panel a domain."""
    with plot_style():
        fig, axes = _grid(len(panel_names(results)), per_row=3, height=3.1)
        for panel, where in zip(axes, panel_names(results), strict=True):
            for number, model in enumerate(results.models):
                hits = model.test[where].hr
                panel.plot(
                    list(hits),
                    list(hits.values()),
                    color=SERIES[number % len(SERIES)],
                    linestyle=_DASHES[number // len(SERIES) % len(_DASHES)],
                    marker="o",
                    markersize=4,
                    label=_literal(readable(model.name)),
                )
                panel.set_xticks(list(hits))
            panel.set_title(_literal(where))
            panel.set_xlabel("k")
        axes[0].set_ylim(bottom=0)
        axes[0].set_ylabel("HR@k")
        fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        return figure(fig, alt="HR@k of each model against k, by domain")


def _best_marked(results: Results, scores: dict[str, list[Score]], *, alt: str) -> str:
    panels = []
    for where, of_panel in scores.items():
        best = max(score.hr10.mean for score in of_panel)
        rows = [(score.hr10, _GOOD if score.hr10.mean == best else _PLAIN) for score in of_panel]
        panels.append(_Panel(f"{where}, {of_panel[0].targets:,} targets", rows))
    labels = [readable(model.name) for model in results.models]
    with plot_style():
        fig, _ = _whiskers(panels, labels, per_row=3, xlabel="HR@10")
        return figure(
            fig,
            alt=alt,
            caption="Dot: the mean over all seeds. Bar: its interval. Green: the best of a panel.",
        )


def _whiskers(
    panels: Sequence[_Panel], labels: Sequence[str], *, per_row: int, xlabel: str
) -> tuple[Figure, list[Axes]]:
    """Return small plots on one scale, with the same row labels for all."""
    from matplotlib.ticker import MaxNLocator

    height = 0.9 + 0.28 * len(labels)
    fig, axes = _grid(len(panels), per_row=per_row, height=height, sharex=True)
    for axis, panel in zip(axes, panels, strict=True):
        for row, (estimate, color) in enumerate(panel.rows):
            axis.plot([estimate.low, estimate.high], [row] * 2, color=color, linewidth=5, alpha=0.4)
            axis.plot([estimate.mean], [row], "o", color=color, markersize=6)
        axis.set_title(_literal(panel.title))
        axis.set_xlabel(xlabel)
        axis.tick_params(labelbottom=True)
        axis.xaxis.set_major_locator(MaxNLocator(nbins=5))
        axis.grid(visible=False, axis="y")
    axes[0].set_yticks(range(len(labels)), [_literal(label) for label in labels])
    axes[0].set_ylim(len(labels) - 0.5, -0.5)
    return fig, axes


def _grid(count: int, *, per_row: int, height: float, sharex: bool = False) -> tuple[Figure, list[Axes]]:
    """Return `count` axes in rows, on one vertical scale; call under `plot_style`."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    rows = -(-count // per_row)
    fig = Figure(figsize=(9, rows * height + 0.3), layout=ConstrainedLayoutEngine(h_pad=0.12, w_pad=0.08))
    axes = fig.subplots(rows, min(count, per_row), sharey=True, sharex=sharex, squeeze=False).ravel()
    for unused in axes[count:]:
        unused.set_axis_off()
    return fig, list(axes[:count])


def _interval_color(estimate: Estimate) -> str:
    if estimate.low > 0:
        return _GOOD
    return _BAD if estimate.high < 0 else _PLAIN


def _literal(text: str) -> str:
    """Return text that matplotlib does not read as a formula."""
    return text.replace("$", r"\$")
