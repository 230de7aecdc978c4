"""Partitioned Parquet tables under one root: `<root>/<table>/dt=YYYY-MM-DD/part-0.parquet`.

What a platform delivers lands under `<root>/landing/<table>/dt=.../*.parquet`, in as many files as it likes;
validation turns a landed day into the one clean file of that day. All else is written by Airloom alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow import fs

from airloom.errors import AirloomError
from airloom.files import atomic_file, to_user_error
from airloom.logs.contract import Table

LANDING = "landing"
QUARANTINE = "quarantine"
DAY = pa.field("dt", pa.date32())
"""The column that says in which day's folder a row lies, where a reader asks for it."""


class Lake:
    """The tables under one root URI (a local path, `file://`, `s3://` or `gs://`)."""

    def __init__(self, root: str | Path) -> None:
        text = str(root)
        self.root = text if "://" in text else str(Path(text).resolve())
        self._fs, self._base = fs.FileSystem.from_uri(
            text if "://" in text else Path(text).resolve().as_uri()
        )

    def path(self, *parts: str) -> Path:
        """A path below the root, for artifacts that are folders (snapshots, caches); local lakes only."""
        if not isinstance(self._fs, fs.LocalFileSystem):
            raise AirloomError(
                f"{self.root} is not a local folder, but a local folder is needed for {'/'.join(parts)}",
                do="Mount the lake or set a local working copy",
            )
        return Path(self._base, *parts)

    def uri(self, *parts: str) -> str:
        """The URI or path of something below the root."""
        return "/".join((self.root.rstrip("/"), *parts))

    @property
    def filesystem(self) -> fs.FileSystem:
        """The filesystem that holds the lake."""
        return self._fs

    def location(self, *parts: str) -> str:
        """Return the path of something below the root, as `filesystem` and `files` name it."""
        return "/".join((self._base.rstrip("/"), *parts))

    def read_text(self, *parts: str) -> str | None:
        """Return the text of a file below the root; None if there is none."""
        try:
            with self._fs.open_input_stream(self.location(*parts)) as stream:
                return bytes(stream.read()).decode()
        except FileNotFoundError:
            return None

    def write_text(self, text: str, *parts: str) -> None:
        """Write a file below the root as UTF-8, whole or not at all.

        Raises:
            AirloomError: The disk is full or the file may not be written.
        """
        with self._whole(self.location(*parts)) as stream:
            stream.write(text.encode())

    def landing(self, table: Table) -> Table:
        """The landing twin of `table`: same columns, not yet validated."""
        return Table(f"{LANDING}/{table.name}", table.schema, table.sort_by)

    def days(self, table: Table) -> list[date]:
        """The days that `table` holds, ascending.

        Raises:
            AirloomError: The name of a `dt=` folder is not a day, or not written as YYYY-MM-DD.
        """
        found = self._fs.get_file_info(fs.FileSelector(self.location(table.name), allow_not_found=True))
        names = [info.base_name for info in found if info.base_name.startswith("dt=")]
        return sorted(_day_of(name, where=self.uri(table.name)) for name in names)

    def files(self, table: Table, day: date) -> list[str]:
        """The Parquet files of one day, sorted; empty if the day is absent."""
        selector = fs.FileSelector(self.location(table.name, f"dt={day}"), allow_not_found=True)
        return sorted(
            info.path
            for info in self._fs.get_file_info(selector)
            if info.base_name.endswith(".parquet") and not info.base_name.startswith(".")
        )

    def files_below(self, *parts: str) -> list[str]:
        """Return all files below a path, sorted, or the one file that it names; none if it is absent."""
        path = self.location(*parts)
        if self._fs.get_file_info(path).type == fs.FileType.File:
            return [path]
        selector = fs.FileSelector(path, recursive=True, allow_not_found=True)
        return sorted(
            info.path
            for info in self._fs.get_file_info(selector)
            if info.type == fs.FileType.File and not info.base_name.startswith(".")
        )

    def write(self, table: Table, day: date, rows: pa.Table, *, file: str = "part-0") -> None:
        """Replace one file of one day, whole or not at all, in the table's sort order.

        Writing the same rows again gives the same bytes.

        Raises:
            AirloomError: A column is missing or of the wrong type, or the disk is full.
        """
        rows = cast_to_table(rows, table)
        order = pc.sort_indices(rows, sort_keys=[(name, "ascending") for name in table.sort_by])
        rows = rows.take(order)
        with self._whole(f"{self.location(table.name, f'dt={day}')}/{file}.parquet") as stream:
            pq.write_table(rows, stream, compression="zstd")

    def row_groups(self, file: str, *, columns: Sequence[str]) -> Iterator[pa.Table]:
        """A Parquet file piece by piece: those of `columns` that it has, as they are.

        Raises:
            AirloomError: The file is not readable Parquet.
        """
        with self._opened(file) as parquet:
            seen = [name for name in columns if name in parquet.schema_arrow.names]
            for group in range(parquet.num_row_groups):
                yield parquet.read_row_group(group, columns=seen)

    def remove_rows(self, file: str, gone: Callable[[pa.Table], pa.Array], *, columns: Sequence[str]) -> int:
        """Remove rows from one Parquet file, whatever else its columns are, and say how many.

        A file without such rows is not touched. One row group is in memory at a time.

        Args:
            file: As `files` names it.
            gone: From those of `columns` that the file has, a boolean for each row.
            columns: What `gone` looks at.

        Raises:
            AirloomError: The file is not readable Parquet, or its place cannot be written.
        """
        before = self._state(file)
        with self._opened(file) as parquet:
            seen = [name for name in columns if name in parquet.schema_arrow.names]
            groups = range(parquet.num_row_groups)
            kept = [pc.invert(gone(parquet.read_row_group(group, columns=seen))) for group in groups]
            removed = sum(len(mask) - (mask.true_count or 0) for mask in kept)
            if removed:
                with (
                    self._whole(file) as stream,
                    pq.ParquetWriter(stream, parquet.schema_arrow, compression="zstd") as writer,
                ):
                    for group, mask in zip(groups, kept, strict=True):
                        writer.write_table(parquet.read_row_group(group).filter(mask))
                    if self._state(file) != before:
                        raise AirloomError(
                            f"{file} was delivered again while rows were removed from it", do="Run this again"
                        )
        return removed

    def delete(self, table: Table, day: date) -> None:
        """Remove one day of a table, if it is there."""
        folder = self.location(table.name, f"dt={day}")
        if self._fs.get_file_info(folder).type == fs.FileType.Directory:
            self._fs.delete_dir(folder)

    def read(
        self,
        table: Table,
        *,
        since: date | None = None,
        through: date | None = None,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """The rows of the days `since`..`through` (both included), by day and then in the table's order."""
        parts = list(self.chunks(table, since=since, through=through, columns=columns))
        if parts:
            return pa.concat_tables(parts)
        empty = table.stored_schema.empty_table()
        return empty if columns is None else empty.select(list(columns))

    def chunks(
        self,
        table: Table,
        *,
        since: date | None = None,
        through: date | None = None,
        columns: Sequence[str] | None = None,
    ) -> Iterator[pa.Table]:
        """The same rows, one file at a time."""
        for day in self.days(table):
            if (since is None or day >= since) and (through is None or day <= through):
                for file in self.files(table, day):
                    yield self.read_file(file, table, columns=columns)

    def read_file(self, file: str, table: Table, *, columns: Sequence[str] | None = None) -> pa.Table:
        """One Parquet file, with the table's schema.

        Raises:
            AirloomError: The file is not readable Parquet, or a column is missing or of the wrong type.
        """
        wanted = table if columns is None else table.only(columns)
        with self._opened(file) as parquet:
            names = parquet.schema_arrow.names
            _require_columns(names, wanted, where=file)
            present = [name for name in names if name in wanted.schema.names]
            # Most files are small: handing each to a pool of threads would cost more than reading it.
            rows = parquet.read(columns=present, use_threads=False)
        return cast_to_table(rows, wanted, where=file)

    def rows_in(self, file: str) -> int:
        """How many rows a Parquet file says it has.

        Raises:
            AirloomError: The file is not readable Parquet.
        """
        with self._opened(file) as parquet:
            return int(parquet.metadata.num_rows)

    def _state(self, file: str) -> tuple[int, int]:
        (info,) = self._fs.get_file_info([file])
        return info.size, info.mtime_ns

    @contextmanager
    def _whole(self, file: str) -> Iterator[BinaryIO | pa.NativeFile]:
        """A stream whose bytes become `file` all at once, or not at all after an error."""
        if isinstance(self._fs, fs.LocalFileSystem):
            with atomic_file(Path(file)) as temporary, temporary.open("wb") as stream:
                yield stream
        else:  # an object store shows a file only once it is whole
            try:
                with self._fs.open_output_stream(file) as stream:
                    yield stream
            except OSError as error:
                raise to_user_error(error, Path(file)) from error

    @contextmanager
    def _opened(self, file: str) -> Iterator[pq.ParquetFile]:
        try:
            with self._fs.open_input_file(file) as stream:
                yield pq.ParquetFile(stream)
        except FileNotFoundError as error:
            raise AirloomError(f"{file} was removed meanwhile", do="Run this again") from error
        except (pa.ArrowInvalid, OSError) as error:
            raise AirloomError(
                f"{file} is not a readable Parquet file ({error})",
                do="Deliver the file again or move it out of the lake",
            ) from error

    def dataset(
        self, table: Table, *, since: date | None = None, through: date | None = None, with_day: bool = False
    ) -> ds.Dataset:
        """The same rows as a lazy Arrow dataset, which DuckDB can scan without loading.

        Args:
            table: Which table.
            since: The first day.
            through: The last day.
            with_day: Whether to add the column `dt`, the day of the folder that a row lies in.
        """
        files = [
            file
            for day in self.days(table)
            if (since is None or day >= since) and (through is None or day <= through)
            for file in self.files(table, day)
        ]
        schema = table.stored_schema.append(DAY) if with_day else table.stored_schema
        if not files:
            return ds.dataset(schema.empty_table())
        parted = ds.partitioning(pa.schema([DAY]), flavor="hive") if with_day else None
        return ds.dataset(files, filesystem=self._fs, format="parquet", schema=schema, partitioning=parted)


def cast_to_table(rows: pa.Table, table: Table, *, where: str | None = None) -> pa.Table:
    """Bring `rows` to the table's columns and types: absent optional columns become null, others are dropped.

    Raises:
        AirloomError: A required column is absent, or a column cannot be cast without loss.
    """
    place = where or f"A table for {table.name}"
    _require_columns(rows.column_names, table, where=place)
    columns = []
    for field in table.schema:
        if field.name not in rows.column_names:
            columns.append(pa.nulls(rows.num_rows, field.type))
            continue
        column = rows.column(field.name)
        try:
            columns.append(column.cast(field.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise AirloomError(
                f"{place}: column {field.name} is {column.type} and cannot be read as {field.type} ({error})",
                do=f"Deliver {field.name} as {field.type}",
            ) from error
    return pa.table(columns, schema=table.stored_schema)


def _day_of(folder: str, *, where: str) -> date:
    text = folder.removeprefix("dt=")
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if str(day) == text:  # Python reads 20260301 too, but `files` would not find that folder again
            return day
    raise AirloomError(
        f"The folder {where}/{folder} is not named after a day",
        do="Name it dt=YYYY-MM-DD (two digits for month and day) or move it out of the lake",
    )


def _require_columns(names: Sequence[str], table: Table, *, where: str) -> None:
    missing = [name for name in table.required if name not in names]
    if missing:
        raise AirloomError(
            f"{where} has no column {', '.join(missing)} (it has {', '.join(names)})",
            do=f"Deliver the table {table.name} with every required column: {', '.join(table.required)}",
        )
