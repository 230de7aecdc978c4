"""Folders of Parquet files that only grow; the hash of its content names a file, so none is written twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from airloom.errors import AirloomError
from airloom.files import atomic_file, read_listed

FULL: Final = 65_536
"""Rows from which a file is not merged with others."""


MERGED: Final = b"merged_files"
"""Key in a file's metadata: the names of the files whose rows it holds, divided by blanks."""


def append(folder: Path, rows: pa.Table) -> Path:
    """Add `rows` to the folder as one file, whole or not at all; safe beside other writers."""
    stream = pa.BufferOutputStream()
    pq.write_table(rows, stream, compression="zstd")
    content = stream.getvalue()
    target = folder / f"part-{hashlib.sha256(content).hexdigest()[:16]}.parquet"
    if not target.exists():
        with atomic_file(target) as temporary:
            temporary.write_bytes(content)
    return target


def read(folder: Path, *, columns: list[str] | None = None) -> Iterator[pa.Table]:
    """Yield the files of the folder one by one, in name order; nothing if it is absent.

    Raises:
        AirloomError: A file is not readable Parquet.
    """
    for file in files(folder):
        yield read_file(file, columns=columns)


def files(folder: Path) -> list[Path]:
    """Return the files of the folder, in name order."""
    return sorted(folder.glob("part-*.parquet"))


def read_file(file: Path, *, columns: list[str] | None = None) -> pa.Table:
    """Return one file, or some of its columns.

    Raises:
        FileNotFoundError: It was merged with others meanwhile.
        AirloomError: It is not readable Parquet.
    """
    try:
        return pq.ParquetFile(file).read(columns=columns)
    except FileNotFoundError:
        raise
    except (pa.ArrowInvalid, OSError) as error:
        raise AirloomError(
            f"{file} is not a readable Parquet file ({error})",
            do="Delete it: the next run makes its content again, or import the answers again",
        ) from error


def read_all(folder: Path, *, schema: pa.Schema) -> pa.Table:
    """Return all rows of the folder, also while another process compacts it."""
    return read_listed(
        lambda: pa.concat_tables([schema.empty_table(), *read(folder, columns=schema.names)]),
        name=str(folder),
    )


def compact(folder: Path, *, sort_by: str) -> None:
    """Merge small files, `FULL` rows at a time.

    Killed at any moment it loses nothing: a new file is whole before the old ones are deleted, and names
    them, so that the next call deletes what is left of them. Until then the same row may be in two files, as
    after two workers that did the same, so readers must expect duplicates.
    """
    for file in files(folder):
        if file.exists():  # not one that another names
            _delete_merged(file)
    group: list[Path] = []
    size = 0
    for file in files(folder):
        rows = pq.ParquetFile(file).metadata.num_rows
        if rows < FULL:
            group.append(file)
            size += rows
        if size >= FULL:
            _merge(folder, group, sort_by=sort_by)
            group, size = [], 0
    _merge(folder, group, sort_by=sort_by)


def _merge(folder: Path, group: Sequence[Path], *, sort_by: str) -> None:
    if len(group) > 1:
        rows = pa.concat_tables([read_file(file) for file in group]).sort_by(sort_by)
        names = " ".join(file.name for file in group)
        _delete_merged(append(folder, rows.replace_schema_metadata({MERGED: names})))


def _delete_merged(file: Path) -> None:
    """Delete the files whose rows a file holds."""
    metadata = pq.read_schema(file).metadata or {}
    for name in metadata.get(MERGED, b"").decode().split():
        file.with_name(name).unlink(missing_ok=True)  # never itself: its name is a hash of these names, too
