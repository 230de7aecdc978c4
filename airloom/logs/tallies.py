"""How many rows of each day are clean, and how that compares: what decides whether a run may go on."""

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
class Tally:
    """One day's rows: delivered, and of these in quarantine."""

    landed: int
    quarantined: int


def tallies(dt: pa.ChunkedArray, reasons: pa.Array, days: Sequence[date]) -> dict[date, Tally]:
    """Count the rows of each of `days`, given each row's day and the reason against it, if any."""
    rows = pa.table({"dt": dt, QUARANTINED: pc.cast(pc.is_valid(reasons), pa.int64())})
    counts = rows.group_by("dt").aggregate([(QUARANTINED, "count"), (QUARANTINED, "sum")]).to_pylist()
    found = {row["dt"]: Tally(row[f"{QUARANTINED}_count"], row[f"{QUARANTINED}_sum"]) for row in counts}
    return {day: found.get(day, Tally(0, 0)) for day in days}


def day_facts(counted: Mapping[date, Tally], before: Mapping[date, int], rules: LogRules) -> pa.Table:
    """What the rules about days judge: one row per day, and one for all of them together.

    A fraction is null where too few rows, or too few days before, make it meaningless.

    Args:
        counted: The days just counted, ascending.
        before: Delivered rows of days already validated.
        rules: The thresholds.
    """
    volumes = dict(before) | {day: tally.landed for day, tally in counted.items()}
    ordered = sorted(volumes)
    facts = []
    for day, tally in counted.items():
        at = ordered.index(day)
        trailing = [volumes[other] for other in ordered[max(at - rules.trailing_days, 0) : at]]
        median = float(np.median(trailing)) if len(trailing) == rules.trailing_days else None
        judged = median is not None and median >= rules.sparse_volume
        facts.append(
            _fact(str(day), tally, rules)
            | {
                TRAILING_MEDIAN: median,
                VOLUME_FRACTION: tally.landed / median if judged and median else None,
            }
        )
    whole = Tally(sum(t.landed for t in counted.values()), sum(t.quarantined for t in counted.values()))
    days = list(counted)
    period = f"{days[0]} to {days[-1]}" if len(days) > 1 else str(days[0])
    facts.append(_fact(f"{period}, all", whole, rules) | {CLEAN_IN_ALL: whole.landed - whole.quarantined})
    return pa.Table.from_pylist(facts, schema=_FACTS)


def _fact(period: str, tally: Tally, rules: LogRules) -> dict[str, object]:
    judged = tally.landed >= rules.sparse_rows
    return {
        PERIOD: period,
        LANDED: tally.landed,
        QUARANTINED: tally.quarantined,
        QUARANTINED_FRACTION: tally.quarantined / tally.landed if judged else None,
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
