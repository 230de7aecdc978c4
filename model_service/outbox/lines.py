"""Lines of JSON, read by Arrow: Python would keep its lock for seconds, and pages would wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import BinaryIO, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json

from airloom.logs.cast import cast_to_table
from airloom.logs.contract import TIMESTAMP, Table
from airloom.timestamps import micros_of
from airloom.write_ahead_log import CHUNK_BYTES, complete_lines

MOMENT: Final = "ts"
_TOO_LATE: Final = micros_of(datetime(2200, 1, 1, tzinfo=UTC))


class Lines(NamedTuple):
    """What the lines of a segment are.

    Attributes:
        table: What they become rows of; it has a column `ts`.
        schema: What a line holds, `ts` in microseconds since 1970 UTC; what is not nullable must be there.
        rows: Makes rows of the table from lines, whose `ts` is a timestamp.
        suffix: Of files that hold such lines; an older version leaves those alone that it cannot read.
    """

    table: Table
    schema: pa.Schema
    rows: Callable[[pa.Table], pa.Table]
    suffix: str = ".jsonl"

    @classmethod
    def one_a_row(cls, table: Table) -> Lines:
        """Each line is a row."""
        return cls(table, _with_moment(table.stored_schema, pa.int64()), lambda lines: lines)

    def read(
        self, stream: BinaryIO, *, chunk_bytes: int = CHUNK_BYTES
    ) -> Iterator[tuple[pa.Table, list[bytes]]]:
        """The rows of a file, chunk by chunk, and the lines that are none.

        What stands behind the last end of a line was cut off by a crash, and nobody was told that it is kept.
        """
        for chunk in complete_lines(stream, chunk_bytes=chunk_bytes):
            damaged: list[bytes] = []
            rows = list(self._parsed(chunk, damaged))
            yield pa.concat_tables([self.table.stored_schema.empty_table(), *rows]), damaged

    def _parsed(self, chunk: bytes, damaged: list[bytes]) -> Iterator[pa.Table]:
        """The rows of a chunk; where lines are damaged, of either half by itself, until these are found."""
        try:
            yield self._table(chunk)
        except ValueError:  # of which pyarrow's errors are
            middle = chunk.rfind(b"\n", 0, len(chunk) // 2) + 1 or chunk.find(b"\n") + 1
            if middle == len(chunk):
                damaged.append(chunk)
                return
            yield from self._parsed(chunk[:middle], damaged)
            yield from self._parsed(chunk[middle:], damaged)

    def _table(self, chunk: bytes) -> pa.Table:
        """The rows of a chunk.

        Raises:
            ValueError: A line is none, lacks something, or has no moment that a calendar of ours has.
        """
        if not chunk.startswith(b"{"):
            raise ValueError("a line is no object")  # and pyarrow's reader dies of one that is null
        lines = json.read_json(
            pa.BufferReader(chunk),
            json.ReadOptions(use_threads=False, block_size=len(chunk) + 1),
            json.ParseOptions(explicit_schema=self.schema, unexpected_field_behavior="ignore"),
        ).select(self.schema.names)
        lines.validate(full=True)  # the reader does not look at encodings
        _require(lines, [field.name for field in self.schema if not field.nullable])
        since_1970 = lines[MOMENT]
        if pc.any(pc.or_(pc.less(since_1970, 0), pc.greater_equal(since_1970, _TOO_LATE))).as_py():
            raise ValueError(f"{MOMENT} is no moment")
        rows = cast_to_table(self.rows(lines.cast(_with_moment(self.schema, TIMESTAMP))), self.table)
        _require(rows, self.table.required)
        return rows


def _require(found: pa.Table, columns: Iterable[str]) -> None:
    """See that values are there.

    Raises:
        ValueError: One is not.
    """
    missing = [name for name in columns if found[name].null_count]
    if missing:
        raise ValueError(f"{', '.join(missing)} is not there")


def _with_moment(schema: pa.Schema, kind: pa.DataType) -> pa.Schema:
    """The same schema with `ts` of another type, which must be there."""
    return schema.set(schema.get_field_index(MOMENT), pa.field(MOMENT, kind, nullable=False))
