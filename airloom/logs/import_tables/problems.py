"""The rows that cannot be converted: the first ones for a person, all of them for a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import duckdb

from airloom.files import write_text
from airloom.logs.contract import Table
from airloom.logs.import_tables.conversion import Conversion, quoted
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
    connection: duckdb.DuckDBPyConnection, table: Table, source: SourceFile, columns: Sequence[Conversion]
) -> list[Problem]:
    """Return the first problems of a file, by row.

    Args:
        connection: Holds the file as it was read, and the converted rows with the index of their problem.
        table: The table that is filled.
        source: The file.
        columns: The column of each index.
    """
    problems = [
        Problem(line, "", "", f"cannot be read: {kind}") for line, kind in source.unread_lines.items()
    ]
    rows = connection.execute(
        f"SELECT row, problem FROM {table.name} WHERE problem IS NOT NULL ORDER BY row LIMIT {MAX_SHOWN}"  # noqa: S608
    ).fetchall()
    for row, index in rows:
        column = columns[index]
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
    """Write every row with a problem as CSV: its file, its number, why, and its values as JSON.

    A line that could not be divided into columns is named by its number only.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file", "row", "problem", "values"])
    for table, source in sources:
        writer.writerows(
            [source.file.name, f"line {line}", kind, ""] for line, kind in source.unread_lines.items()
        )
        rows = connection.execute(
            f"""
            SELECT raw.rowid + 1, problem_column, to_json(raw) FROM {source.relation} raw
            JOIN {table.name} converted ON converted.row = raw.rowid WHERE problem IS NOT NULL ORDER BY 1
            """  # noqa: S608 - constants
        ).fetchall()
        writer.writerows(
            [source.file.name, row, f"{column} cannot be converted", values] for row, column, values in rows
        )
    write_text(file, text.getvalue())
