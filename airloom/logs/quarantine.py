"""Rows that broke a rule: kept, with the reason and where they came from, out of everybody's way."""

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


class Breach(NamedTuple):
    """A rule and the numbers of the rows that broke it."""

    reason: str
    rows: npt.NDArray[np.int64]


def quarantine(table: Table) -> Table:
    """The table of the quarantined rows of `table`: its columns, their origin (file, row) and the reason."""
    origin = with_origin(table)
    fields = [field for field in origin if field.name != DAY]
    return Table(
        f"{QUARANTINE}/{table.name}", pa.schema([*fields, pa.field(REASON, pa.string())]), sort_by=(FILE, ROW)
    )


def reasons(breaches: Sequence[Breach], count: int) -> pa.Array:
    """Why each of `count` rows goes to quarantine: reasons joined by a semicolon, null if clean."""
    if not breaches:
        return pa.nulls(count, pa.string())
    broken = pa.table(
        {
            ROW: np.concatenate([breach.rows for breach in breaches]),
            REASON: np.repeat([breach.reason for breach in breaches], [len(b.rows) for b in breaches]),
        }
    )
    lists = broken.group_by(ROW, use_threads=False).aggregate([(REASON, "list")])
    joined = pc.binary_join(lists[f"{REASON}_list"], "; ")
    place = pc.index_in(pa.array(np.arange(count)), value_set=lists[ROW].combine_chunks())
    return joined.combine_chunks().take(place)
