"""The formats of journal lines: JSON, which Arrow parses without holding Python's lock for seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json

from airloom.logs.cast import cast_to_table
from airloom.logs.contract import TIMESTAMP, Table
from airloom.timestamps import MAX_SECONDS, to_micros
from airloom.write_ahead_log import CHUNK_BYTES, complete_lines

TIME_COLUMN: Final = "ts"
_MAX_MICROS: Final = to_micros(MAX_SECONDS)


class RecordFormat(NamedTuple):
    """What a line of a segment holds, and how lines become rows of a table.

    Attributes:
        table: The table that the lines become rows of; it has a column `ts`.
        schema: The columns of a line, `ts` in microseconds since 1970 UTC; nulls only where nullable.
        to_rows: Makes rows of the table from lines, whose `ts` is a timestamp.
        suffix: Of the files that hold such lines; an older version leaves formats alone that it cannot read.
    """

    table: Table
    schema: pa.Schema
    to_rows: Callable[[pa.Table], pa.Table]
    suffix: str = ".jsonl"

    @classmethod
    def row_per_line(cls, table: Table) -> RecordFormat:
        """Return the format in which each line is a row of the table."""
        return cls(table, _with_time_type(table.stored_schema, pa.int64()), lambda lines: lines)

    def read(
        self, stream: BinaryIO, *, chunk_bytes: int = CHUNK_BYTES
    ) -> Iterator[tuple[pa.Table, list[bytes]]]:
        """Yield the rows of a file, chunk by chunk, and the damaged lines.

        What follows the last line break was cut off by a crash, before its `append` returned.
        """
        for chunk in complete_lines(stream, chunk_bytes=chunk_bytes):
            damaged: list[bytes] = []
            rows = list(self._parsed(chunk, damaged))
            yield pa.concat_tables([self.table.stored_schema.empty_table(), *rows]), damaged

    def _parsed(self, chunk: bytes, damaged: list[bytes]) -> Iterator[pa.Table]:
        """Yield the rows of a chunk; a chunk with damaged lines is halved until these lines are isolated."""
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
        """Return the rows of a chunk.

        Raises:
            ValueError: A line is no JSON object, lacks a value, or its `ts` is out of range.
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
        micros = lines[TIME_COLUMN]
        if pc.any(pc.or_(pc.less(micros, 0), pc.greater_equal(micros, _MAX_MICROS))).as_py():
            raise ValueError(f"{TIME_COLUMN} is out of range")
        rows = cast_to_table(self.to_rows(lines.cast(_with_time_type(self.schema, TIMESTAMP))), self.table)
        _require(rows, self.table.required)
        return rows


def _require(table: pa.Table, columns: Iterable[str]) -> None:
    """Check that columns have no null.

    Raises:
        ValueError: One has.
    """
    missing = [name for name in columns if table[name].null_count]
    if missing:
        raise ValueError(f"{', '.join(missing)} is missing")


def _with_time_type(schema: pa.Schema, dtype: pa.DataType) -> pa.Schema:
    """Return the schema with `ts` of another type, not nullable."""
    return schema.set(schema.get_field_index(TIME_COLUMN), pa.field(TIME_COLUMN, dtype, nullable=False))
