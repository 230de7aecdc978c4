"""What a conversion is: the SQL of a column's value, and of the rows in which it cannot be converted."""

from __future__ import annotations

from typing import Final, NamedTuple

import pyarrow as pa

from airloom.errors import AirloomError
from airloom.logs.contract import TIMESTAMP, Table
from airloom.logs.import_tables.mapping import ImportMapping
from airloom.logs.import_tables.source import SourceFile

INTEGERS: Final = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}
)
"""The integer types of DuckDB."""
EMPTY: Final = '"NULL"'
"""DuckDB's type of a Parquet column without any value and any other type."""
SQL_TYPES: Final = {
    pa.string(): "VARCHAR",
    pa.float64(): "DOUBLE",
    pa.int64(): "BIGINT",
    TIMESTAMP: "TIMESTAMPTZ",
    pa.list_(pa.string()): "VARCHAR[]",
}
"""DuckDB's type of a column of the log contract."""


class Conversion(NamedTuple):
    """One column: SQL of its value, and SQL that is true where the value is given but cannot be converted.

    Attributes:
        name: The table's column.
        sources: The file's columns; none for a constant.
        value: SQL of the converted value.
        problem: SQL of a boolean.
        rule: What a value must be, for the message.
    """

    name: str
    sources: tuple[str, ...]
    value: str
    problem: str
    rule: str


class FileColumn(NamedTuple):
    """A column of a table and the columns of a file that fill it.

    Attributes:
        table: The table.
        name: Its column.
        sources: The file's columns; only categories and attributes may have several.
        source: The file.
        mapping: What it means.
    """

    table: Table
    name: str
    sources: tuple[str, ...]
    source: SourceFile
    mapping: ImportMapping

    @property
    def sql(self) -> str:
        """The only column of the file, as SQL."""
        (only,) = self.sources
        return quoted(only)

    @property
    def type(self) -> str:
        """Its type in DuckDB."""
        (only,) = self.sources
        return self.source.types[only]

    def refuse(self, expected: str, do: str) -> AirloomError:
        """Return the error of a type that has no rule."""
        return AirloomError(
            f"{self.source.file}: column {self.sources[0]} is {self.type} and {self.name} must be {expected}",
            do=do,
        )


def quoted(name: str) -> str:
    """Return a column's name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
