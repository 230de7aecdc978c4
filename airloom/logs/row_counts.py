"""Row counts of each day, delivered and quarantined, compared with thresholds and with earlier days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airloom.logs.repeats import REPEATED
from airloom.logs.rules import LogRules

PERIOD: Final = "period"
LANDED: Final = "landed"
QUARANTINED: Final = "quarantined"
SET_ASIDE: Final = "set_aside"
QUARANTINED_FRACTION: Final = "quarantined_fraction"
TRAILING_MEDIAN: Final = "trailing_median"
VOLUME_FRACTION: Final = "volume_fraction"
CLEAN_IN_ALL: Final = "clean_in_all"


@dataclass(frozen=True)
class RowCounts:
    """The number of rows of a day.

    Attributes:
        landed: Delivered.
        quarantined: Of these, in quarantine for a fault.
        set_aside: Of these, without a fault, but another row stands for them (`airloom.logs.repeats`).
    """

    landed: int
    quarantined: int
    set_aside: int = 0

    @property
    def clean(self) -> int:
        """The rest, which is in the clean table."""
        return self.landed - self.quarantined - self.set_aside

    def __add__(self, other: RowCounts) -> RowCounts:
        """Return the counts of both days together."""
        return RowCounts(
            self.landed + other.landed,
            self.quarantined + other.quarantined,
            self.set_aside + other.set_aside,
        )


def row_counts(
    dt: pa.ChunkedArray, reasons: pa.Array, days: Sequence[date], *, replaced: pa.Array
) -> dict[date, RowCounts]:
    """Return the counts of each of `days`.

    Args:
        dt: Each row's day.
        reasons: Why each row is in quarantine, null if it is not.
        days: The days to count.
        replaced: Whether a later row replaces it.
    """
    repeated = pc.fill_null(pc.is_in(reasons, pa.array(REPEATED)), fill_value=False)
    is_bad = pc.and_(pc.is_valid(reasons), pc.invert(repeated))
    rows = pa.table(
        {
            "dt": dt,
            QUARANTINED: pc.cast(is_bad, pa.int64()),
            SET_ASIDE: pc.cast(pc.or_(repeated, replaced), pa.int64()),
        }
    )
    groups = rows.group_by("dt").aggregate([(QUARANTINED, "count"), (QUARANTINED, "sum"), (SET_ASIDE, "sum")])
    counts = {
        row["dt"]: RowCounts(row[f"{QUARANTINED}_count"], row[f"{QUARANTINED}_sum"], row[f"{SET_ASIDE}_sum"])
        for row in groups.to_pylist()
    }
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
    whole = sum(counted.values(), RowCounts(0, 0))
    days = list(counted)
    period = f"{days[0]} to {days[-1]}" if len(days) > 1 else str(days[0])
    facts.append(_fact(f"{period}, all", whole, rules) | {CLEAN_IN_ALL: whole.clean})
    return pa.Table.from_pylist(facts, schema=_FACTS)


def _fact(period: str, counts: RowCounts, rules: LogRules) -> dict[str, object]:
    enough = counts.landed >= rules.sparse_rows
    return {
        PERIOD: period,
        LANDED: counts.landed,
        QUARANTINED: counts.quarantined,
        SET_ASIDE: counts.set_aside,
        QUARANTINED_FRACTION: counts.quarantined / counts.landed if enough else None,
    }


_FACTS: Final = pa.schema(
    [
        pa.field(PERIOD, pa.string()),
        pa.field(LANDED, pa.int64()),
        pa.field(QUARANTINED, pa.int64()),
        pa.field(SET_ASIDE, pa.int64()),
        pa.field(QUARANTINED_FRACTION, pa.float64()),
        pa.field(TRAILING_MEDIAN, pa.float64()),
        pa.field(VOLUME_FRACTION, pa.float64()),
        pa.field(CLEAN_IN_ALL, pa.int64()),
    ]
)
