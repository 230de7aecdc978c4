"""Folders of Parquet files that only grow: a file bears the hash of its content, so none is written twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from airloom.errors import AirloomError
from airloom.files import whole_file


def append(folder: Path, rows: pa.Table) -> None:
    """Add `rows` to the folder as one file, whole or not at all; safe beside other writers."""
    stream = pa.BufferOutputStream()
    pq.write_table(rows, stream, compression="zstd")
    content = stream.getvalue()
    target = folder / f"part-{hashlib.sha256(content).hexdigest()[:16]}.parquet"
    if not target.exists():
        with whole_file(target) as temporary:
            temporary.write_bytes(content)


def read(folder: Path, *, columns: list[str] | None = None) -> Iterator[pa.Table]:
    """The files of the folder one by one, in name order; nothing if it is absent.

    Raises:
        AirloomError: A file is not readable Parquet.
    """
    for file in files(folder):
        yield read_file(file, columns=columns)


def files(folder: Path) -> list[Path]:
    """The files of the folder, in name order."""
    return sorted(folder.glob("part-*.parquet"))


def read_file(file: Path, *, columns: list[str] | None = None) -> pa.Table:
    """One file, or some of its columns.

    Raises:
        AirloomError: It is not readable Parquet.
    """
    try:
        return pq.ParquetFile(file).read(columns=columns)
    except (pa.ArrowInvalid, OSError) as error:
        raise AirloomError(
            f"{file} is not a readable Parquet file ({error})",
            do="Delete it: the next run makes its content again, or import the answers again",
        ) from error
