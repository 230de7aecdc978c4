from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airloom.errors import AirloomError
from airloom.logs.import_tables.source import read_source


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def test_every_column_of_a_csv_file_is_text_so_that_an_id_keeps_its_zeros(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (tmp_path / "users.csv").write_text('uid,note\n007,"a ""b"", c"\n')
    source = read_source(connection, tmp_path / "users.csv", relation="raw")
    assert source.types == {"uid": "VARCHAR", "note": "VARCHAR"}
    assert connection.sql("FROM raw").fetchall() == [("007", 'a "b", c')]


def test_tabs_and_gzip_are_read_by_the_name_of_the_file(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (tmp_path / "users.tsv.gz").write_bytes(gzip.compress(b"uid\tname\n1\tAnn, B\n"))
    assert read_source(connection, tmp_path / "users.tsv.gz", relation="raw").rows == 1
    assert connection.sql("FROM raw").fetchall() == [("1", "Ann, B")]


def test_a_parquet_file_keeps_its_types(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    pq.write_table(pa.table({"uid": [7], "price": [1.5]}), tmp_path / "events.parquet")
    source = read_source(connection, tmp_path / "events.parquet", relation="raw")
    assert source.types == {"uid": "BIGINT", "price": "DOUBLE"}


def test_lines_that_are_no_rows_are_counted_with_their_number_and_the_rest_is_read(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (tmp_path / "users.csv").write_bytes(b"uid,name\n1,Ann\n2,B,C\n3,\xff\n4,Dan\n")
    source = read_source(connection, tmp_path / "users.csv", relation="raw")
    assert source.rows == 2
    assert source.unread == 2
    lines = connection.table(source.unread_lines).order("line").project("line, fault").fetchall()
    assert lines == [(3, "too many columns"), (4, "invalid encoding")]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("events.json", b"{}", "is neither .csv, .tsv (also with .gz or .zst) nor .parquet"),
        ("events.parquet", b"PAR1 secret-user", "cannot be read as parquet"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_without_its_content(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AirloomError) as error:
        read_source(connection, tmp_path / name, relation="raw")
    assert name in str(error.value)
    assert sentence in str(error.value)
    assert "secret-user" not in str(error.value)


def test_a_missing_file_is_named(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match=r"none\.csv does not exist"):
        read_source(connection, tmp_path / "none.csv", relation="raw")


def test_a_column_that_would_hide_the_numbers_of_rows_is_refused(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (tmp_path / "users.csv").write_text("RowId,uid\nx,1\n")
    with pytest.raises(AirloomError, match=r"users\.csv has a column rowid"):
        read_source(connection, tmp_path / "users.csv", relation="raw")
