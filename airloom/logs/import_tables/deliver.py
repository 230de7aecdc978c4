"""Imports a platform's own files: reads, converts, and lands them by day, or says what stands against it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final, Literal

import duckdb
import pyarrow as pa

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS, Table
from airloom.logs.days import by_day, for_each_day
from airloom.logs.import_tables.conversion import quoted
from airloom.logs.import_tables.convert import TableImport, convert
from airloom.logs.import_tables.mapping import DAY, TABLES, ImportMapping
from airloom.logs.import_tables.problems import write_rejects
from airloom.logs.import_tables.source import read_source
from airloom.logs.import_tables.unused_options import check_used
from airloom.logs.lake import Lake
from airloom.logs.source_files import former_days, remove_file
from airloom.process_folder import process_folder
from airloom.progress import progress, say

OtherDays = Literal["keep", "remove"]
MAX_ROWS: Final = 1_000_000
"""Rows in memory together while days are written."""


class UnconvertedRowsError(AirloomError):
    """Rows cannot be converted.

    Attributes:
        imports: What would become of each file; the first problems are in them.
    """

    def __init__(self, imports: list[TableImport]) -> None:
        self.imports = imports
        count = sum(result.problem_rows for result in imports)
        super().__init__(
            f"{count:,} rows cannot be converted, so nothing was imported",
            do="Correct the files or the options, or put these rows aside with --rejects FILE",
        )


def import_tables(
    files: Mapping[Table, Path],
    lake: Lake,
    *,
    mapping: ImportMapping,
    rejects: Path | None = None,
    other_days: OtherDays | None = None,
    dry_run: bool = False,
) -> list[TableImport]:
    """Land files as logs, and return what became of each; with `dry_run` nothing is written.

    A day's file in the landing folder is named after the path of the file that it comes from, so importing a
    path again replaces its rows of the days that it holds. Days that an earlier import of the path landed and
    that it no longer holds are either its history or, after a correction, the same rows at a wrong time: only
    the caller knows. At most a million rows, or one day, are in memory.

    Args:
        files: The file of each table.
        lake: Where rows are landed.
        mapping: What their columns mean.
        rejects: Where rows with a problem are written, as CSV; without it a problem stops the import.
        other_days: What becomes of days of an earlier import of a path that the file no longer holds; without
            it they stop the import.
        dry_run: Only say what would be done.

    Raises:
        AirloomError: A file cannot be read or mapped, or does not hold all days of an earlier import.
        UnconvertedRowsError: It has rows with problems, and there is no `rejects`.
    """
    with (
        process_folder("airloom-imported-rows") as folder,
        duckdb.connect(f"{folder}/rows.db") as connection,
    ):
        connection.execute("SET TimeZone = 'UTC'")
        delivered = lake.days(lake.landing(EVENTS))
        first_event: date | None = None
        imports, sources = [], []
        for table in sorted(
            files, key=TABLES.index, reverse=True
        ):  # events first: they say when objects begin
            if files[table].is_file():
                say(f"Reading {files[table]} ({files[table].stat().st_size / 1e6:,.1f} MB)")
            source = read_source(connection, files[table], relation=f"raw_{table.name}")
            # a later catalogue must not change what was known before: only the first may begin with the log
            is_first = bool(delivered) and not lake.days(lake.landing(table))
            first_day = first_event or (delivered[0] if is_first else None)
            result = convert(connection, table, source, mapping=mapping, first_day=first_day)
            if table is EVENTS and result.days:
                first_event = result.days[0]
            former = former_days(lake, table, result.days, file=_landed_name(result.file))
            imports.append(result._replace(former_days=former))
            sources.append((table, source))
        check_used(mapping, sources)
        imports.reverse()
        if dry_run:
            return imports
        if rejects is None and any(result.problem_rows for result in imports):
            raise UnconvertedRowsError(imports)
        if other_days is None:
            _check_former_days(imports)
        if rejects is not None and any(result.problem_rows for result in imports):
            write_rejects(connection, reversed(sources), rejects)
        for result in imports:
            _land(connection, lake, result)
            if other_days == "remove":  # last, so that a killed import loses nothing
                remove_file(lake, result.table, result.former_days, file=_landed_name(result.file))
    return imports


def _check_former_days(imports: list[TableImport]) -> None:
    for result in imports:
        if result.former_days:
            first, last, count = result.former_days[0], result.former_days[-1], len(result.former_days)
            which = f"{count:,} days ({first} to {last})" if count > 1 else f"{first}"
            raise AirloomError(
                f"An earlier import of {result.file} landed {result.table.name} of {which}, which it does "
                "not hold now",
                do="If the file or an option was corrected, remove them with --other-days remove; if it "
                "holds new days each time, leave them with --other-days keep",
            )


def _land(connection: duckdb.DuckDBPyConnection, lake: Lake, result: TableImport) -> None:
    names = ", ".join(map(quoted, (*result.table.schema.names, DAY)))
    for days in progress(
        _batches(connection, result.table), what=f"land {result.table.name}", unit="batches"
    ):
        rows = connection.sql(
            f"""
            SELECT {names} FROM {result.table.name}
            WHERE problem IS NULL AND {DAY} BETWEEN $first AND $last ORDER BY {DAY}, row
            """,  # noqa: S608 - constants
            params={"first": days[0], "last": days[-1]},
        ).to_arrow_table()
        for_each_day(partial(_land_day, lake, result, by_day(rows, days)), days)


def _land_day(lake: Lake, result: TableImport, parts: Mapping[date, pa.Table], day: date) -> None:
    rows = parts[day].drop_columns([DAY])
    lake.write(lake.landing(result.table), day, rows, file=_landed_name(result.file))


def _landed_name(file: Path) -> str:
    path_digest = hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:8]
    return f"import-{file.name.partition('.')[0]}-{path_digest}"


def _batches(connection: duckdb.DuckDBPyConnection, table: Table) -> list[list[date]]:
    """Return the days with rows, batched by `MAX_ROWS`; a day with more is a batch of its own."""
    counts = connection.execute(
        f"SELECT {DAY}, count(*) FROM {table.name} WHERE problem IS NULL GROUP BY 1 ORDER BY 1"  # noqa: S608
    ).fetchall()
    batches: list[list[date]] = []
    rows = MAX_ROWS
    for day, count in counts:
        if rows + count > MAX_ROWS:
            batches.append([])
            rows = 0
        batches[-1].append(day)
        rows += count
    return batches
