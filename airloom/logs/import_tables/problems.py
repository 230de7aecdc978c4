"""The rows that cannot be converted: the first ones for a person, all of them for a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import duckdb

from airloom.files import atomic_file
from airloom.logs.contract import Table
from airloom.logs.import_tables.conversion import Conversion, literal, quoted
from airloom.logs.import_tables.source import SourceFile

MAX_SHOWN: Final = 10
"""Problems of a file that are shown; all are counted."""
PERSONAL: Final = frozenset({"user_id", "attributes"})
"""Columns whose values no message shows."""


class Problem(NamedTuple):
    """A row that cannot be converted.

    Attributes:
        row: Its number in the file, the first row of data being 1; of a line that is no row, the line's.
        column: The file's column; empty for a line that could not be divided into columns.
        value: The value, shortened; empty where it is personal or missing.
        reason: What is wrong with it.
    """

    row: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        where = f"row {self.row:,}, column {self.column}" if self.column else f"line {self.row:,}"
        return f"{where}: {f'{self.value}: ' if self.value else ''}{self.reason}"


def first_problems(
    connection: duckdb.DuckDBPyConnection, table: Table, source: SourceFile, columns: Mapping[str, Conversion]
) -> list[Problem]:
    """Return the first problems of a file, by row.

    Args:
        connection: Holds the file as it was read, and the converted rows with the column of their problem.
        table: The table that is filled.
        source: The file.
        columns: The conversions, by the name of their column.
    """
    unread = connection.execute(
        f"SELECT line, fault FROM {source.unread_lines} ORDER BY line LIMIT {MAX_SHOWN}"  # noqa: S608
    ).fetchall()
    problems = [Problem(line, "", "", f"cannot be read: {fault}") for line, fault in unread]
    rows = connection.execute(
        f"SELECT row, problem FROM {table.name} WHERE problem IS NOT NULL ORDER BY row LIMIT {MAX_SHOWN}"  # noqa: S608
    ).fetchall()
    for row, problem in rows:
        column = columns[problem]
        name = column.sources[0]
        (value,) = connection.execute(
            f"SELECT CAST({quoted(name)} AS VARCHAR) FROM {source.relation} WHERE rowid = ?",  # noqa: S608
            [row],
        ).fetchall()[0]
        shown = "" if column.name in PERSONAL or value is None else repr(value[:40])
        reason = f"{column.name} is missing" if value is None else f"{column.name} must be {column.rule}"
        problems.append(Problem(row + 1, name, shown, reason))
    return sorted(problems)[:MAX_SHOWN]


def write_rejects(
    connection: duckdb.DuckDBPyConnection, sources: Iterable[tuple[Table, SourceFile]], file: Path
) -> None:
    """Write every row and line with a problem as CSV: its file, its number, why, and what it holds.

    The file is written by DuckDB, so that its size does not matter, and appears whole or not at all.
    """
    parts = []
    for table, source in sources:
        name = literal(source.file.name)
        # names are constants, and the file's name is a literal
        parts.append(
            f"SELECT {name} AS file, 'line ' || line AS row, fault AS problem, content "  # noqa: S608
            f"FROM {source.unread_lines}"
        )
        raw = source.relation  # its columns may have any names, such as row or problem
        parts.append(
            f"SELECT {name}, 'row ' || ({raw}.rowid + 1), converted.problem || ' cannot be converted', "  # noqa: S608
            f"CAST(to_json({raw}) AS VARCHAR) FROM {raw} "
            f"JOIN {table.name} converted ON converted.row = {raw}.rowid WHERE converted.problem IS NOT NULL"
        )
    rows = f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY file, row"  # noqa: S608
    with atomic_file(file) as path:
        connection.execute(f"COPY ({rows}) TO {literal(str(path))} (FORMAT csv, HEADER)")
