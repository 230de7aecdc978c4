"""The HTML report of drift: what has changed, with Evidently's own report inside."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from airloom.html_report.blocks import Card, callout, cards, frame, prose, table
from airloom.html_report.figures import INK, SERIES, SOFT, figure, plot_style
from airloom.html_report.numbers import format_number, format_percent
from airloom.html_report.report import Section, render_report
from components.monitor_drift.columns import CATEGORIES, Columns
from components.monitor_drift.comparison import Comparison
from components.monitor_drift.settings import DriftSettings

MAX_RATIO: Final = 5


def drift_report(comparison: Comparison, columns: Columns, settings: DriftSettings, day: date) -> str:
    """Return the report of a day as one HTML document."""
    checked = len(comparison.columns)
    summary = (
        f"{day} against the {settings.reference_days} days before: "
        f"{comparison.drifted} of {checked} columns drifted."
    )
    glance = _alarm(comparison, settings) + cards(
        [
            Card("Columns checked", str(checked)),
            Card("Drifted", str(comparison.drifted)),
            Card("Too few values", str(len(comparison.skipped))),
        ]
    )
    sections = [Section("At a glance", glance)]
    if checked:
        sections.append(Section("Columns", _distances(comparison) + _table(comparison, columns)))
    if comparison.skipped:
        rows = [list(row) for row in comparison.skipped]
        sections.append(Section("Not checked", table(["column", "values", "values in reference"], rows)))
    sections.append(Section("How to read this", _how_to_read()))
    if comparison.snapshot is not None:
        sections.append(
            Section("Evidently", frame(_evidently(comparison.snapshot), title="Evidently report"))
        )
    return render_report(title="Drift report", summary=summary, sections=sections)


def _alarm(comparison: Comparison, settings: DriftSettings) -> str:
    if not comparison.columns:
        text = "Nothing could be compared: no column has enough values on the day and on the days before."
        return callout(text, tone="warn")
    if comparison.alarm(settings):
        text = "Alarm: the data are no longer like those that the ranker was trained on. Train it again."
        return callout(text, tone="bad")
    text = f"No alarm: fewer than {settings.alarm_share:.0%} of the columns that the ranker reads drifted."
    return callout(text, tone="good")


def _how_to_read() -> str:
    return prose(
        "Numbers are compared by the Wasserstein distance in standard deviations of the reference, "
        "categories by the population stability index. Both say how large a change is, not how certain, so "
        "they mean the same on a small day and on a large one.",
        "A reference of seven days holds every weekday once. Look into the change of a single column; many "
        "that change together raise the alarm. Knowledge cards do not count there, because by "
        "default the ranker does not read them.",
    )


def _distances(comparison: Comparison) -> str:
    from matplotlib.figure import Figure

    checked = comparison.columns[::-1]
    ratios = [min(column.distance / column.threshold, MAX_RATIO) for column in checked]
    with plot_style():
        fig = Figure(figsize=(9, 0.8 + 0.32 * len(checked)))
        axes = fig.subplots()
        axes.barh(
            [column.name for column in checked],
            ratios,
            color=[SERIES[1] if column.drifted else SERIES[0] for column in checked],
            height=0.6,
        )
        axes.axvline(1, color=INK, linewidth=1)
        axes.tick_params(axis="y", labelcolor=SOFT)
        axes.grid(visible=False, axis="y")
        axes.set_xlim(0, max(1.25, 1.05 * max(ratios)))
        axes.set_xlabel(f"distance / threshold; > 1 = drifted (drawn up to {MAX_RATIO})")
        return figure(fig, alt="Distance of every column from its reference divided by its threshold")


def _table(comparison: Comparison, columns: Columns) -> str:
    rows = [
        [
            column.name,
            format_number(column.distance, digits=3),
            format_number(column.threshold),
            "drifted" if column.drifted else "",
            _typical(columns.current[column.name], column.name),
            _typical(columns.reference[column.name], column.name),
        ]
        for column in comparison.columns
    ]
    return table(["column", "distance", "threshold", "", "on the day", "in the reference"], rows)


def _typical(values: pa.Array, name: str) -> str:
    """Return the most frequent category with its share, or the mean."""
    present: Any = values.drop_null()
    if name not in CATEGORIES:
        return f"mean {format_number(pc.mean(present).as_py())}"
    count, value = max((item["counts"], item["values"]) for item in pc.value_counts(present).to_pylist())
    return f"{value} {format_percent(count / len(present), digits=0)}"


def _evidently(snapshot: Any) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "evidently.html")
        snapshot.save_html(str(file))
        return file.read_text(encoding="utf-8")
