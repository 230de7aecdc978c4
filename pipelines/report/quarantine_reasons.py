"""Which faults rows are in quarantine for: the reasons of a lake's quarantine tables, counted."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

import duckdb

from airloom.logs.contract import LOG_TABLES
from airloom.logs.lake import QUARANTINE
from airloom.logs.quarantine import REASON
from airloom.logs.repeats import REPEATED

MAX_REASONS: Final = 10


class ReasonCount(NamedTuple):
    """A reason, and the number of rows of a table that are in quarantine for it."""

    table: str
    reason: str
    rows: int


def quarantine_reasons(lake: Path, *, through: date) -> list[ReasonCount]:
    """Return the most frequent faults, that of most rows first; a row with several counts for each.

    Rows without a fault that another row stands for are left out, as they are where quarantined rows are
    counted.

    Args:
        lake: The folder of the lake.
        through: The last day that counts.
    """
    counts: Counter[tuple[str, str]] = Counter()
    with duckdb.connect(config={"threads": 1}) as database:
        for table in LOG_TABLES:
            files = [
                str(file)
                for file in sorted((lake / QUARANTINE / table.name).glob("dt=*/*.parquet"))
                if file.parent.name <= f"dt={through}"
            ]
            if not files:
                continue
            parquet = database.read_parquet(files, union_by_name=True)
            for reason, rows in parquet.aggregate(f"{REASON}, count(*)", REASON).fetchall():
                if reason not in REPEATED:
                    for single in reason.split("; "):
                        counts[table.name, single] += rows
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [ReasonCount(name, reason, rows) for (name, reason), rows in ordered[:MAX_REASONS]]
