"""The vocabulary of values in append-only files, each named by the number of values before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from airloom.errors import AirloomError
from airloom.files import atomic_file
from airloom.knowledge.imported.card_store import KNOWLEDGE
from airloom.logs.lake import Lake

VALUES_FOLDER: Final = f"{KNOWLEDGE}/values"
VALUES: Final = pa.schema([("relation", pa.string()), ("value", pa.string()), ("becomes", pa.string())])
"""Every value ever seen and what it becomes."""


def append_values(folder: Path, values: pa.Table, *, after: int) -> None:
    """Write values as one more file, whole or not at all; no file where there are none.

    Args:
        folder: Where the files lie.
        values: `VALUES`; what is new.
        after: How many values are there already.
    """
    if values.num_rows:
        with atomic_file(folder / f"values-{after:09d}.parquet") as temporary:
            pq.write_table(values, temporary, compression="zstd")


def read_values(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield relation, value and what it becomes, in the order in which values were first seen.

    Raises:
        AirloomError: A file is missing.
    """
    rows = _read_all(folder)
    yield from zip(*(column.to_pylist() for column in rows.columns), strict=True)


def merged_values(lake: Lake) -> pa.Table:
    """Return the `VALUES` that became others, sorted, for a person to review."""
    rows = _read_all(lake.path(VALUES_FOLDER))
    order = [(name, "ascending") for name in ("relation", "becomes", "value")]
    return rows.filter(pc.not_equal(rows["value"], rows["becomes"])).sort_by(order)


def _read_all(folder: Path) -> pa.Table:
    parts = [VALUES.empty_table()]
    count = 0
    for file in sorted(folder.glob("values-*.parquet")):
        if int(file.stem.removeprefix("values-")) != count:
            raise AirloomError(
                f"The vocabulary in {folder} has a gap before {file.name}",
                do="Bring the missing file back, or delete the folder to begin a new vocabulary",
            )
        parts.append(pq.read_table(file, schema=VALUES))
        count += parts[-1].num_rows
    return pa.concat_tables(parts)
