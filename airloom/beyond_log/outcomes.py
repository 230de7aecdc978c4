"""What became of a day's proposals: how many each rule rejected, and how many were kept; drift watches it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

import pyarrow as pa

from airloom.beyond_log.selection import RULES
from airloom.logs.contract import Table
from airloom.logs.lake import Lake

OUTCOMES: Final = Table(
    "beyond_log/outcomes",
    pa.schema(
        [
            pa.field("outcome", pa.string(), nullable=False),
            pa.field("proposals", pa.int64(), nullable=False),
        ]
    ),
    sort_by=("outcome",),
)
"""One row for each rule of a day with inferred behaviors, and one for `KEPT`; no user is in it."""
KEPT: Final = "kept"


def write_outcomes(lake: Lake, day: date, *, rejected: Mapping[str, int], kept: int) -> None:
    """Write the outcomes of a day, those of every rule."""
    counts = {rule: rejected.get(rule, 0) for rule in RULES} | {KEPT: kept}
    lake.write(OUTCOMES, day, pa.table([list(counts), list(counts.values())], schema=OUTCOMES.schema))
