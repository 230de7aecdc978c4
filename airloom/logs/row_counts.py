"""Row counts of each day, delivered and quarantined, compared with thresholds and with earlier days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airloom.logs.rules import LogRules

PERIOD: Final = "period"
LANDED: Final = "landed"
QUARANTINED: Final = "quarantined"
QUARANTINED_FRACTION: Final = "quarantined_fraction"
TRAILING_MEDIAN: Final = "trailing_median"
VOLUME_FRACTION: Final = "volume_fraction"
CLEAN_IN_ALL: Final = "clean_in_all"


@dataclass(frozen=True)
class RowCounts:
    """The number of rows of a day: delivered, and of these quarantined."""

    landed: int
    quarantined: int


def row_counts(dt: pa.ChunkedArray, reasons: pa.Array, days: Sequence[date]) -> dict[date, RowCounts]:
    """Return the counts of each of `days`, from each row's day and the reason to quarantine it, if any."""
    rows = pa.table({"dt": dt, QUARANTINED: pc.cast(pc.is_valid(reasons), pa.int64())})
    groups = rows.group_by("dt").aggregate([(QUARANTINED, "count"), (QUARANTINED, "sum")]).to_pylist()
    counts = {row["dt"]: RowCounts(row[f"{QUARANTINED}_count"], row[f"{QUARANTINED}_sum"]) for row in groups}
    return {day: counts.get(day, RowCounts(0, 0)) for day in days}


def day_facts(counted: Mapping[date, RowCounts], before: Mapping[date, int], rules: LogRules) -> pa.Table:
    """Return the figures that the rules about days check: one row per day, and one for all days together.

    A fraction is null where too few rows, or too few earlier days, make it meaningless.

    Args:
        counted: The counts of the days to check, ascending.
        before: The number of delivered rows of days validated earlier.
        rules: The thresholds.
    """
    volumes = dict(before) | {day: counts.landed for day, counts in counted.items()}
    ordered = sorted(volumes)
    facts = []
    for day, counts in counted.items():
        index = ordered.index(day)
        trailing = [volumes[other] for other in ordered[max(index - rules.trailing_days, 0) : index]]
        median = float(np.median(trailing)) if len(trailing) == rules.trailing_days else None
        enough = median is not None and median >= rules.sparse_volume
        facts.append(
            _fact(str(day), counts, rules)
            | {
                TRAILING_MEDIAN: median,
                VOLUME_FRACTION: counts.landed / median if enough and median else None,
            }
        )
    whole = RowCounts(sum(t.landed for t in counted.values()), sum(t.quarantined for t in counted.values()))
    days = list(counted)
    period = f"{days[0]} to {days[-1]}" if len(days) > 1 else str(days[0])
    facts.append(_fact(f"{period}, all", whole, rules) | {CLEAN_IN_ALL: whole.landed - whole.quarantined})
    return pa.Table.from_pylist(facts, schema=_FACTS)


def _fact(period: str, counts: RowCounts, rules: LogRules) -> dict[str, object]:
    enough = counts.landed >= rules.sparse_rows
    return {
        PERIOD: period,
        LANDED: counts.landed,
        QUARANTINED: counts.quarantined,
        QUARANTINED_FRACTION: counts.quarantined / counts.landed if enough else None,
    }


_FACTS: Final = pa.schema(
    [
        pa.field(PERIOD, pa.string()),
        pa.field(LANDED, pa.int64()),
        pa.field(QUARANTINED, pa.int64()),
        pa.field(QUARANTINED_FRACTION, pa.float64()),
        pa.field(TRAILING_MEDIAN, pa.float64()),
        pa.field(VOLUME_FRACTION, pa.float64()),
        pa.field(CLEAN_IN_ALL, pa.int64()),
    ]
)
