"""The page that tells what has changed, with Evidently's own report inside."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from airloom.html_report.blocks import Card, callout, cards, frame, prose, table
from airloom.html_report.figures import INK, SERIES, SOFT, figure, plot_style
from airloom.html_report.numbers import format_number
from airloom.html_report.report import Section, render_report
from components.monitor_drift.columns import CATEGORIES, Columns
from components.monitor_drift.comparison import Comparison
from components.monitor_drift.settings import DriftSettings


def drift_page(comparison: Comparison, columns: Columns, settings: DriftSettings, day: date) -> str:
    """The report of a day as one HTML page."""
    found = comparison.findings
    summary = (
        f"{day} against the {settings.reference_days} days before: "
        f"{comparison.drifted} of {len(found)} columns drifted."
    )
    alarm = comparison.alarm(settings)
    said = (
        "Alarm: the ranker was trained on another world, train it anew."
        if alarm
        else f"No alarm: fewer than {settings.alarm_share:.0%} of the columns drifted."
    )
    if not found:
        said = "Nothing could be compared: no column has enough values on the day and on the days before."
    glance = callout(said, tone="bad" if alarm else "good" if found else "warn") + cards(
        [
            Card("Columns checked", str(len(found))),
            Card("Drifted", str(comparison.drifted)),
            Card("Too few values", str(len(comparison.skipped))),
        ]
    )
    sections = [Section("At a glance", glance)]
    if found:
        sections.append(Section("Columns", _distances(comparison) + _findings(comparison, columns)))
    if comparison.skipped:
        rows = [list(row) for row in comparison.skipped]
        sections.append(Section("Not checked", table(["column", "values", "values in reference"], rows)))
    sections.append(Section("How to read this", _reading()))
    if comparison.snapshot is not None:
        sections.append(
            Section("Evidently", frame(_evidently(comparison.snapshot), title="Evidently report"))
        )
    return render_report(title="Drift report", summary=summary, sections=sections)


def _reading() -> str:
    return prose(
        "Numbers are compared by the Wasserstein distance in standard deviations of the reference, names by "
        "the population stability index. Both say how large a change is, not how certain, so they mean the "
        "same on a small day and on a large one.",
        "A reference of seven days holds every weekday once. A change of one column is a question; the alarm "
        "is raised when many change together.",
    )


def _distances(comparison: Comparison) -> str:
    from matplotlib.figure import Figure

    found = comparison.findings[::-1]
    with plot_style():
        fig = Figure(figsize=(9, 0.8 + 0.32 * len(found)))
        axes = fig.subplots()
        axes.barh(
            [finding.column for finding in found],
            [min(finding.score / finding.threshold, 5) for finding in found],
            color=[SERIES[1] if finding.drifted else SERIES[0] for finding in found],
            height=0.6,
        )
        axes.axvline(1, color=INK, linewidth=1)
        axes.tick_params(axis="y", labelcolor=SOFT)
        axes.grid(visible=False, axis="y")
        axes.set_xlim(0, max(1.25, *(min(f.score / f.threshold, 5) * 1.05 for f in found)))
        axes.set_xlabel("distance from the reference, threshold = 1, cut at 5")
        return figure(fig, alt="Distance of every column from its reference, relative to its threshold")


def _findings(comparison: Comparison, columns: Columns) -> str:
    rows = [
        [
            finding.column,
            format_number(finding.score, digits=3),
            format_number(finding.threshold),
            "drifted" if finding.drifted else "",
            _typical(columns.current[finding.column], finding.column),
            _typical(columns.reference[finding.column], finding.column),
        ]
        for finding in comparison.findings
    ]
    return table(["column", "distance", "threshold", "", "on the day", "in the reference"], rows)


def _typical(values: pa.Array, name: str) -> str:
    """The most frequent name with its share, or the mean."""
    present: Any = values.drop_null()
    if name not in CATEGORIES:
        return f"mean {format_number(pc.mean(present).as_py())}"
    count, value = max((item["counts"], item["values"]) for item in pc.value_counts(present).to_pylist())
    return f"{value} {count / len(present):.0%}".replace("%", " %")


def _evidently(snapshot: Any) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "evidently.html")
        snapshot.save_html(str(file))
        return file.read_text(encoding="utf-8")
