"""The plots of an experiment's report."""

from __future__ import annotations

from itertools import cycle

from airloom.experiments.analysis import Analysis
from airloom.experiments.effects import Interval
from airloom.experiments.metrics import METRICS, metric_named
from airloom.html_report.figures import INK, SERIES, SOFT, figure, plot_style
from airloom.html_report.numbers import format_percent


def forest_plot(analysis: Analysis) -> str:
    """Return every effect with its interval, and around the primary metric's the always-valid one."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    settings = analysis.settings
    metrics = [metric for metric in METRICS if any(e.metric == metric.name for e in analysis.effects)]
    rows = {metric.name: len(metrics) - 1 - index for index, metric in enumerate(metrics)}
    with plot_style():
        fig = Figure(figsize=(9, 0.9 + 0.5 * len(metrics) * max(1, len(settings.treatments) * 0.6)))
        axes = fig.subplots()
        axes.axvline(0, color=SOFT, linewidth=1)
        for number, treatment in enumerate(settings.treatments):
            color = _colors(analysis)[treatment]
            shift = (len(settings.treatments) - 1) / 2 * 0.25 - number * 0.25
            for effect in (e for e in analysis.effects if e.treatment == treatment):
                height = rows[effect.metric] + shift
                if effect.metric == settings.primary:
                    axes.plot(list(effect.always_valid_interval), [height] * 2, color=color, linewidth=1.2)
                axes.plot(list(effect.relative_interval), [height] * 2, color=color, linewidth=5, alpha=0.45)
                axes.plot([effect.relative], [height], "o", color=color, markersize=7)
            axes.plot([], [], "o", color=color, label=f"{treatment} against {settings.experiment.control}")
        if settings.truth is not None and settings.primary in rows:
            axes.plot(
                [settings.truth],
                [rows[settings.primary]],
                "D",
                color=INK,
                fillstyle="none",
                label="true effect",
            )
        axes.set_yticks(list(rows.values()), [metric.label for metric in metrics])
        axes.set_ylim(-0.6, len(metrics) - 0.4)
        axes.grid(visible=False, axis="y")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_percent(value, signed=True)))
        axes.set_xlabel("change against the control")
        fig.legend(loc="outside upper left", ncols=3)
        return figure(
            fig,
            alt="Relative effect of each treatment on each metric with intervals",
            caption="Thick: the fixed-date interval. Thin, on the primary metric: the always-valid interval.",
        )


def primary_over_time(analysis: Analysis) -> str:
    """Return the primary metric of all data so far, by day and variant."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    metric = metric_named(analysis.settings.primary)
    denominator = metric.denominator or "users"
    with plot_style():
        fig = Figure(figsize=(9, 3.6))
        axes = fig.subplots()
        for variant, color in _colors(analysis).items():
            days = [row for row in analysis.outcomes.daily.to_pylist() if row["variant"] == variant]
            days = [row for row in days if row[denominator]]
            axes.plot(
                [f"{row['day']:%d %b}" for row in days],
                [metric.value(row[metric.numerator], row[denominator]) for row in days],
                color=color,
                marker="o",
                markersize=4,
                label=variant,
            )
        axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True))
        axes.set_ylim(bottom=0)
        if metric.unit == "share":
            axes.yaxis.set_major_formatter(PercentFormatter(xmax=1))
        unit = (
            f", {analysis.outcomes.currency}" if metric.unit == "money" and analysis.outcomes.currency else ""
        )
        axes.set_ylabel(f"{metric.label}{unit}")
        fig.legend(loc="outside upper left", ncols=4)
        return figure(
            fig,
            alt=f"{metric.label} of all days so far, by day and variant",
            caption=f"{metric.label} of all data from the first day to each day, not adjusted.",
        )


def format_interval(interval: Interval) -> str:
    """Return an interval of relative changes for people: −1.2 % to +3.4 %."""
    low, high = (format_percent(value, signed=True) for value in interval)
    return f"{low} to {high}"


def _colors(analysis: Analysis) -> dict[str, str]:
    return dict(zip((variant.name for variant in analysis.variants), cycle(SERIES), strict=False))
