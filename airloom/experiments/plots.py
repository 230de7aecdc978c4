"""The pictures of an experiment's report."""

from __future__ import annotations

from itertools import cycle

from airloom.experiments.analysis import Analysis
from airloom.experiments.effects import Interval
from airloom.experiments.metrics import METRICS
from airloom.html_report.figures import INK, SERIES, SOFT, figure, plot_style


def forest(analysis: Analysis) -> str:
    """Every effect with its interval, and around the primary metric's the thinner always-valid one."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    settings = analysis.settings
    shown = [metric for metric in METRICS if any(e.metric == metric.name for e in analysis.effects)]
    rows = {metric.name: len(shown) - 1 - place for place, metric in enumerate(shown)}
    with plot_style():
        fig = Figure(figsize=(9, 0.9 + 0.5 * len(shown) * max(1, len(settings.treatments) * 0.6)))
        axes = fig.subplots()
        axes.axvline(0, color=SOFT, linewidth=1)
        for number, treatment in enumerate(settings.treatments):
            colour = _colours(analysis)[treatment]
            shift = (len(settings.treatments) - 1) / 2 * 0.25 - number * 0.25
            for effect in (e for e in analysis.effects if e.treatment == treatment):
                height = rows[effect.metric] + shift
                if effect.metric == settings.primary:
                    axes.plot(list(effect.always_interval), [height] * 2, color=colour, linewidth=1.2)
                axes.plot(list(effect.relative_interval), [height] * 2, color=colour, linewidth=5, alpha=0.45)
                axes.plot([effect.relative], [height], "o", color=colour, markersize=7)
            axes.plot([], [], "o", color=colour, label=f"{treatment} against {settings.experiment.control}")
        if settings.truth is not None and settings.primary in rows:
            axes.plot(
                [settings.truth],
                [rows[settings.primary]],
                "D",
                color=INK,
                fillstyle="none",
                label="true effect",
            )
        axes.set_yticks(list(rows.values()), [metric.label for metric in shown])
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.grid(visible=False, axis="y")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
        axes.set_xlabel("change against the control")
        fig.legend(loc="outside upper left", ncols=3)
        return figure(
            fig,
            alt="Relative effect of each treatment on each metric with intervals",
            caption="Thick: the interval for a single look. Thin, on the metric that decides: "
            "the interval that holds at every look.",
        )


def growth(analysis: Analysis) -> str:
    """Cumulative GMV per entered user, by day and variant."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    daily = analysis.outcomes.daily.to_pylist()
    with plot_style():
        fig = Figure(figsize=(9, 3.6))
        axes = fig.subplots()
        for name, colour in _colours(analysis).items():
            rows = [row for row in daily if row["variant"] == name and row["users"]]
            axes.plot(
                [f"{row['day']:%d %b}" for row in rows],
                [row["gmv"] / row["users"] for row in rows],
                color=colour,
                marker="o",
                markersize=4,
                label=name,
            )
        axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True))
        axes.set_ylim(bottom=0)
        axes.set_ylabel(f"{analysis.outcomes.currency} per user".strip())
        fig.legend(loc="outside upper left", ncols=4)
        return figure(
            fig,
            alt="Cumulative GMV per user by day and variant",
            caption="GMV since the first page, divided by the users who have entered so far.",
        )


def percent(value: float) -> str:
    """A relative change for people: +7.9 %."""
    return f"{value:+.1%}".replace("%", " %").replace("-", "−")


def percents(interval: Interval) -> str:
    """An interval of relative changes for people."""
    return f"{percent(interval.low)} to {percent(interval.high)}"


def _colours(analysis: Analysis) -> dict[str, str]:
    return dict(zip((variant.name for variant in analysis.variants), cycle(SERIES), strict=False))
