"""The quarantine: rows that violate a rule, kept with the reason and their origin, and read by no step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from airloom.logs.contract import Table
from airloom.logs.lake import QUARANTINE
from airloom.logs.landed import DAY, FILE, ROW, with_origin

REASON: Final = "reason"


class RuleViolation(NamedTuple):
    """A rule and the indices of the rows that violate it."""

    reason: str
    rows: npt.NDArray[np.int64]


def quarantine(table: Table) -> Table:
    """Return the quarantine table of `table`: its columns, the origin (file, row) of each row, the reason."""
    origin = with_origin(table)
    fields = [field for field in origin if field.name != DAY]
    return Table(
        f"{QUARANTINE}/{table.name}", pa.schema([*fields, pa.field(REASON, pa.string())]), sort_by=(FILE, ROW)
    )


def reasons(violations: Sequence[RuleViolation], count: int) -> pa.Array:
    """Return why each of `count` rows goes to quarantine: reasons joined by semicolons, null if clean."""
    if not violations:
        return pa.nulls(count, pa.string())
    violated = pa.table(
        {
            ROW: np.concatenate([violation.rows for violation in violations]),
            REASON: np.repeat(
                [violation.reason for violation in violations],
                [len(violation.rows) for violation in violations],
            ),
        }
    )
    lists = violated.group_by(ROW, use_threads=False).aggregate([(REASON, "list")])
    joined = pc.binary_join(lists[f"{REASON}_list"], "; ")
    index = pc.index_in(pa.array(np.arange(count)), value_set=lists[ROW].combine_chunks())
    return joined.combine_chunks().take(index)
