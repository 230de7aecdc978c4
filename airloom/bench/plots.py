"""The pictures of the benchmark's page."""

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
_WRITTEN: Final = {"air": "AIR", "cf": "CF", "sasrec": "SASRec"}


class _Panel(NamedTuple):
    """One of several small plots: a title, and for each row an estimate in a colour."""

    title: str
    rows: Sequence[tuple[Estimate, str]]


def readable(name: str) -> str:
    """A model's name for people."""
    return " ".join(_WRITTEN.get(word, word) for word in name.split("_"))


def places(results: Results) -> list[str]:
    """The domains, and all together where that says something else."""
    return [*results.domains, ALL] if len(results.domains) > 1 else results.domains


def hit_rates(results: Results) -> str:
    """HR@10 of every model with its interval, one panel a domain."""
    scores = {where: [model.test[where] for model in results.models] for where in places(results)}
    return _leaders(results, scores, alt="HR@10 of each model with its interval, by domain")


def slice_rates(results: Results) -> str:
    """HR@10 of every model with its interval, one panel a slice."""
    scores = {where: [m.slices[where] for m in results.models] for where in results.models[0].slices}
    return _leaders(results, scores, alt="HR@10 of each model with its interval, by slice")


def differences(results: Results) -> str:
    """Every paired difference of HR@10 with its interval, one panel a pair of models."""
    pairs = [list(g) for _, g in groupby(results.differences, key=lambda found: (found.of, found.minus))]
    panels = [
        _Panel(
            f"{readable(pair[0].of)} minus {readable(pair[0].minus)}",
            [(found.hr10, _verdict_colour(found.hr10)) for found in pair],
        )
        for pair in pairs
    ]
    labels = [f"{found.where} ({found.targets:,})" for found in pairs[0]]
    with plot_style():
        fig, axes = _whiskers(panels, labels, per_row=2, xlabel="difference of HR@10")
        for panel in axes:
            panel.axvline(0, color=SOFT, linewidth=1, zorder=0)
        return figure(
            fig,
            alt="Paired differences of HR@10 between models with their intervals",
            caption="Green: better. Orange: worse. Grey: the interval holds zero. In brackets: targets.",
        )


def curves(results: Results) -> str:
    """HR@k against k, one panel a domain."""
    with plot_style():
        fig, axes = _grid(len(places(results)), per_row=3, height=3.1)
        for panel, where in zip(axes, places(results), strict=True):
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


def _leaders(results: Results, scores: dict[str, list[Score]], *, alt: str) -> str:
    panels = []
    for where, found in scores.items():
        best = max(score.hr10.mean for score in found)
        rows = [(score.hr10, _GOOD if score.hr10.mean == best else _PLAIN) for score in found]
        panels.append(_Panel(f"{where}, {found[0].targets:,} targets", rows))
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
    """Small plots on one scale, with the same row labels for all."""
    from matplotlib.ticker import MaxNLocator

    height = 0.9 + 0.28 * len(labels)
    fig, axes = _grid(len(panels), per_row=per_row, height=height, sharex=True)
    for axis, panel in zip(axes, panels, strict=True):
        for row, (found, colour) in enumerate(panel.rows):
            axis.plot([found.low, found.high], [row] * 2, color=colour, linewidth=5, alpha=0.4)
            axis.plot([found.mean], [row], "o", color=colour, markersize=6)
        axis.set_title(_literal(panel.title))
        axis.set_xlabel(xlabel)
        axis.tick_params(labelbottom=True)
        axis.xaxis.set_major_locator(MaxNLocator(nbins=5))
        axis.grid(visible=False, axis="y")
    axes[0].set_yticks(range(len(labels)), [_literal(label) for label in labels])
    axes[0].set_ylim(len(labels) - 0.5, -0.5)
    return fig, axes


def _grid(count: int, *, per_row: int, height: float, sharex: bool = False) -> tuple[Figure, list[Axes]]:
    """`count` axes in rows, on one vertical scale; call under `plot_style`."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    rows = -(-count // per_row)
    fig = Figure(figsize=(9, rows * height + 0.3), layout=ConstrainedLayoutEngine(h_pad=0.12, w_pad=0.08))
    axes = fig.subplots(rows, min(count, per_row), sharey=True, sharex=sharex, squeeze=False).ravel()
    for unused in axes[count:]:
        unused.set_axis_off()
    return fig, list(axes[:count])


def _verdict_colour(found: Estimate) -> str:
    if found.low > 0:
        return _GOOD
    return _BAD if found.high < 0 else _PLAIN


def _literal(text: str) -> str:
    """Text that matplotlib does not read as a formula."""
    return text.replace("$", r"\$")
