"""Converts one file into the rows of its table, inside DuckDB: nothing of it is in Python's memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS, Table
from airloom.logs.import_tables.column_conversions import conversions
from airloom.logs.import_tables.conversion import SQL_TYPES, Conversion, literal, quoted
from airloom.logs.import_tables.mapping import DAY, LEFT_OUT, ImportMapping
from airloom.logs.import_tables.problems import Problem, first_problems
from airloom.logs.import_tables.source import SourceFile
from airloom.timestamps import MICROS_PER_DAY


class TableImport(NamedTuple):
    """What becomes of one file.

    Attributes:
        table: The table that it fills.
        file: Its path.
        rows: Rows that are landed.
        left_out: Rows whose action is left out.
        problems: The first problems.
        problem_rows: The number of rows with a problem.
        filled: The file's columns by the column that they fill.
        ignored: Columns of the file that fill nothing.
        days: The days that the rows lie in, ascending.
        former_days: Other days, which an earlier import of the same path landed, ascending.
    """

    table: Table
    file: Path
    rows: int
    left_out: int
    problems: list[Problem]
    problem_rows: int
    filled: dict[str, str]
    ignored: list[str]
    days: list[date]
    former_days: Sequence[date] = ()


def convert(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    source: SourceFile,
    *,
    mapping: ImportMapping,
    first_day: date | None,
) -> TableImport:
    """Make the DuckDB table `table.name`: converted rows, their day, and the column of their first problem.

    Args:
        connection: Holds the file as it was read.
        table: The table to fill.
        source: The file.
        mapping: What its columns mean.
        first_day: From when on objects and users without a day of their own are known.

    Raises:
        AirloomError: A column is missing, cannot be mapped or has a type without a rule; DuckDB cannot do it.
    """
    columns = conversions(table, source, mapping)
    try:
        _make_table(connection, table, source, columns, first_day=first_day)
        return _result(connection, table, source, columns)
    except duckdb.Error as error:
        raise _refusal(error, table, source, columns) from None


def _refusal(
    error: duckdb.Error, table: Table, source: SourceFile, columns: Sequence[Conversion]
) -> AirloomError:
    """Return an error without DuckDB's message, which may quote a value, and so a user's id."""
    what = f"{source.file} cannot be converted to {table.name} ({type(error).__name__})"
    if isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException):
        return AirloomError(what, do="Free memory and space in the temporary folder (TMPDIR)")
    types = ", ".join(f"{name} ({source.types[name]})" for column in columns for name in column.sources)
    return AirloomError(what, do=f"Write as text what has an uncommon type among its columns: {types}")


def _result(
    connection: duckdb.DuckDBPyConnection, table: Table, source: SourceFile, columns: Sequence[Conversion]
) -> TableImport:
    left_out = _leave_out(connection) if table is EVENTS else 0
    (rows, problem_rows) = connection.execute(
        f"SELECT count(*) FILTER (problem IS NULL), count(problem) FROM {table.name}"  # noqa: S608
    ).fetchall()[0]
    days = connection.execute(
        f"SELECT DISTINCT {DAY} FROM {table.name} WHERE problem IS NULL ORDER BY 1"  # noqa: S608
    ).fetchall()
    used = {name for column in columns for name in column.sources}
    return TableImport(
        table=table,
        file=source.file,
        rows=rows,
        left_out=left_out,
        problems=first_problems(connection, table, source, {column.name: column for column in columns}),
        problem_rows=problem_rows + source.unread,
        filled={column.name: "+".join(column.sources) for column in columns if column.sources},
        ignored=[name for name in source.types if name not in used],
        days=[day for (day,) in days],
    )


def _make_table(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    source: SourceFile,
    columns: Sequence[Conversion],
    *,
    first_day: date | None,
) -> None:
    by_name = {column.name: column for column in columns}
    problems = [(column.name, column.problem) for column in columns if column.problem != "false"]
    problems += [
        (column.name, f"({column.value}) IS NULL")
        for column in columns
        if column.name in (*table.required, DAY) and column.sources
    ]
    cases = " ".join(f"WHEN {sql} THEN {literal(name)}" for name, sql in problems)
    values = ", ".join(f"{_value(table, name, by_name)} AS {quoted(name)}" for name in table.schema.names)
    connection.execute(
        f"""
        CREATE TABLE {table.name} AS
        SELECT rowid AS row,
               {f"CASE {cases} END" if cases else "NULL::VARCHAR"} AS problem,
               {values},
               {_day(table, by_name, first_day, source)} AS {DAY}
        FROM {source.relation}
        """  # noqa: S608 - names are quoted, values are literals
    )


def _value(table: Table, name: str, columns: Mapping[str, Conversion]) -> str:
    if name in columns:
        return columns[name].value
    return f"NULL::{SQL_TYPES[table.schema.field(name).type]}"


def _day(table: Table, columns: Mapping[str, Conversion], first_day: date | None, source: SourceFile) -> str:
    if table is EVENTS:
        return f"DATE '1970-01-01' + CAST(epoch_us({columns['ts'].value}) // {MICROS_PER_DAY} AS INTEGER)"
    if DAY in columns:
        return columns[DAY].value
    if first_day is None:
        raise AirloomError(
            f"{source.file} does not say from which day on its {table.name} are known",
            do=f"Map a day (--map {table.name}.{DAY}=COLUMN), or use --set {table.name}.{DAY}=YYYY-MM-DD",
        )
    return f"DATE '{first_day}'"


def _leave_out(connection: duckdb.DuckDBPyConnection) -> int:
    """Delete the events whose action is left out, and return how many."""
    is_left_out = f"action = {literal(LEFT_OUT)}"
    (count,) = connection.execute(
        f"SELECT count(*) FROM {EVENTS.name} WHERE {is_left_out}"  # noqa: S608
    ).fetchall()[0]
    connection.execute(f"DELETE FROM {EVENTS.name} WHERE {is_left_out}")  # noqa: S608
    return int(count)
