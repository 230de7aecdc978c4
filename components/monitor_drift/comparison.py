"""The distance of each column between a day and its reference, by Evidently."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import pandas as pd

from components.monitor_drift.card_values import CARD_COLUMNS
from components.monitor_drift.columns import CATEGORIES, Columns
from components.monitor_drift.settings import DriftSettings

CATEGORY_METHOD = "psi"
NUMBER_METHOD = "wasserstein"


class ColumnDrift(NamedTuple):
    """One checked column: the distance between day and reference, and from which distance on it drifted."""

    name: str
    distance: float
    threshold: float

    @property
    def drifted(self) -> bool:
        """Whether the distance reaches the threshold."""
        return self.distance >= self.threshold


class Comparison(NamedTuple):
    """A day against its reference.

    Attributes:
        columns: The checked columns.
        skipped: Columns with too few values: (column, values of the day, values of the reference).
        snapshot: Evidently's result, None if no column was checked.
    """

    columns: tuple[ColumnDrift, ...]
    skipped: tuple[tuple[str, int, int], ...]
    snapshot: Any

    @property
    def drifted(self) -> int:
        """The number of columns that drifted."""
        return sum(column.drifted for column in self.columns)

    def alarm(self, settings: DriftSettings) -> bool:
        """Return whether so many columns drifted that the ranker should be trained again.

        Knowledge cards do not count: by default the ranker does not read them.
        """
        read = [column for column in self.columns if column.name not in CARD_COLUMNS.values()]
        return bool(read) and sum(column.drifted for column in read) >= settings.alarm_share * len(read)


def compare(columns: Columns, settings: DriftSettings, day: date) -> Comparison:
    """Run Evidently once over all columns that have enough values on both sides.

    Distances do not depend on the number of rows, as p-values would: normed Wasserstein for numbers, the
    population stability index for categories.
    """
    sizes = {
        name: (_present(columns.current[name]), _present(columns.reference[name])) for name in columns.current
    }
    checked = [name for name, pair in sizes.items() if min(pair) >= settings.min_rows]
    skipped = tuple((name, *pair) for name, pair in sizes.items() if name not in checked)
    if not checked:
        return Comparison((), skipped, None)
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    definition = DataDefinition(
        numerical_columns=[name for name in checked if name not in CATEGORIES],
        categorical_columns=[name for name in checked if name in CATEGORIES],
    )
    preset = DataDriftPreset(
        columns=checked,
        num_method=NUMBER_METHOD,
        cat_method=CATEGORY_METHOD,
        num_threshold=settings.number_threshold,
        cat_threshold=settings.category_threshold,
        drift_share=settings.alarm_share,
    )
    current, reference = (
        Dataset.from_pandas(_frame(side, checked), data_definition=definition)
        for side in (columns.current, columns.reference)
    )
    snapshot = Report([preset]).run(
        current,
        reference,
        timestamp=datetime(day.year, day.month, day.day, tzinfo=UTC),
        metadata={"day": day.isoformat()},
        name=f"drift {day}",
    )
    distances = {
        metric["config"]["column"]: float(metric["value"])
        for metric in snapshot.dict()["metrics"]
        if "column" in metric["config"]
    }
    drifts = tuple(
        ColumnDrift(
            name,
            distances[name],
            settings.category_threshold if name in CATEGORIES else settings.number_threshold,
        )
        for name in checked
    )
    return Comparison(drifts, skipped, snapshot)


def _present(values: Any) -> int:
    return len(values) - int(values.null_count)


def _frame(values: dict[str, Any], names: list[str]) -> pd.DataFrame:
    """Return columns of different lengths side by side; Evidently takes each by itself, without gaps."""
    frame: pd.DataFrame = pd.concat([values[n].drop_null().to_pandas().rename(n) for n in names], axis=1)
    return frame
