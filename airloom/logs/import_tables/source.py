"""Reads a CSV or Parquet file of any columns into DuckDB, and keeps account of the lines it cannot read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from airloom.errors import AirloomError

DELIMITERS: Final = {".csv": ",", ".tsv": "\t"}
COMPRESSIONS: Final = (".gz", ".zst")
ROW: Final = "rowid"
"""DuckDB's number of a row in the order of the file, from 0."""


@dataclass(frozen=True)
class SourceFile:
    """A file that was read.

    Attributes:
        file: Its path.
        relation: The name of its table in DuckDB.
        types: The type of each column; in a CSV file all are VARCHAR.
        rows: The number of rows that could be read.
        unread: The number of lines that could not be read; the table `unread_lines` has them, with the
            columns `line` (from 1), `fault` and `content`.
    """

    file: Path
    relation: str
    types: dict[str, str]
    rows: int
    unread: int

    @property
    def unread_lines(self) -> str:
        """The name of the table of lines that could not be read."""
        return f"unread_{self.relation}"


def read_source(connection: duckdb.DuckDBPyConnection, file: Path, *, relation: str) -> SourceFile:
    """Read a file whole into a table of the connection's database.

    Raises:
        AirloomError: The file is missing, damaged, empty, or neither CSV nor Parquet.
    """
    if not file.is_file():
        raise AirloomError(f"{file} does not exist", do="Give a CSV, TSV or Parquet file")
    suffixes = [suffix.lower() for suffix in file.suffixes if suffix.lower() not in COMPRESSIONS]
    kind = suffixes[-1] if suffixes else ""
    if kind == ".parquet":
        reader, parameters = "read_parquet(?)", [str(file)]
    elif kind in DELIMITERS:
        reader = (
            "read_csv(?, delim = ?, header = true, all_varchar = true, quote = '\"', escape = '\"', "
            "store_rejects = true, rejects_limit = 0, strict_mode = true)"
        )
        parameters = [str(file), DELIMITERS[kind]]
    else:
        raise AirloomError(
            f"{file} is neither .csv, .tsv (also with .gz or .zst) nor .parquet", do="Convert or rename it"
        )
    try:
        # The reader's names are constants; the path is a parameter.
        connection.execute(f"CREATE TABLE {relation} AS SELECT * FROM {reader}", parameters)  # noqa: S608
    except duckdb.Error as error:
        # DuckDB's message may quote the line that it stopped at, and so a user's id.
        raise AirloomError(
            f"{file} cannot be read as {kind[1:]} ({type(error).__name__})",
            do="Check that it is whole, and that its first line names the columns"
            if kind != ".parquet"
            else "Check that it is whole",
        ) from None
    described = connection.execute(f"DESCRIBE {relation}").fetchall()
    if any(name.lower() == ROW for name, *_ in described):  # it would hide the row's number
        raise AirloomError(
            f"{file} has a column {ROW}, which is DuckDB's name of a row", do="Rename the column"
        )
    (rows,) = connection.execute(f"SELECT count(*) FROM {relation}").fetchall()[0]  # noqa: S608 - a constant
    unread = _keep_unread(connection, f"unread_{relation}", of_csv=kind != ".parquet")
    return SourceFile(
        file=file,
        relation=relation,
        types={name: kind for name, kind, *_ in described},
        rows=rows,
        unread=unread,
    )


def _keep_unread(connection: duckdb.DuckDBPyConnection, table: str, *, of_csv: bool) -> int:
    """Make the table of the lines that were not read, and return how many there are."""
    if of_csv:
        connection.execute(
            f"""
            CREATE TABLE {table} AS
            SELECT line, min(lower(error_type::VARCHAR)) AS fault, any_value(csv_line) AS content
            FROM reject_errors GROUP BY line;
            DROP TABLE reject_errors;
            DROP TABLE reject_scans
            """  # noqa: S608 - a constant
        )
    else:
        connection.execute(f"CREATE TABLE {table} (line BIGINT, fault VARCHAR, content VARCHAR)")
    (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0]  # noqa: S608 - a constant
    return int(count)
