"""Partitioned Parquet tables under one root: `<root>/<table>/dt=YYYY-MM-DD/part-0.parquet`.

What a platform delivers lands under `<root>/landing/<table>/dt=.../*.parquet`, in as many files as it likes;
validation turns a landed day into the one clean file of that day. Only Airloom writes everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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
from airloom.logs.cast import cast_to_table, require_columns
from airloom.logs.contract import Table
from airloom.logs.delivered_files import day_of_folder, is_read

LANDING = "landing"
QUARANTINE = "quarantine"
DAY_FIELD = pa.field("dt", pa.date32())
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
        """Return a path below the root, for artifacts that are folders; local lakes only."""
        if not isinstance(self._fs, fs.LocalFileSystem):
            raise AirloomError(
                f"{self.root} is not a local folder, but a local folder is needed for {'/'.join(parts)}",
                do="Mount the lake or set a local working copy",
            )
        return Path(self._base, *parts)

    def uri(self, *parts: str) -> str:
        """Return the URI or path of a file or folder below the root."""
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
        with self._atomic_stream(self.location(*parts)) as stream:
            stream.write(text.encode())

    def landing(self, table: Table) -> Table:
        """Return the landing table of `table`: the same columns, not yet validated."""
        return Table(f"{LANDING}/{table.name}", table.schema, table.sort_by)

    def days(self, table: Table) -> list[date]:
        """Return the days that `table` holds, ascending.

        Raises:
            AirloomError: The name of a `dt=` folder is not a day, or not written as YYYY-MM-DD.
        """
        infos = self._fs.get_file_info(fs.FileSelector(self.location(table.name), allow_not_found=True))
        names = [info.base_name for info in infos if info.base_name.startswith("dt=")]
        return sorted(day_of_folder(name, where=self.uri(table.name)) for name in names)

    def files(self, table: Table, day: date) -> list[str]:
        """Return the Parquet files of one day at any depth, sorted; none if the day is absent."""
        folder = self.location(table.name, f"dt={day}")
        selector = fs.FileSelector(folder, recursive=True, allow_not_found=True)
        return sorted(
            info.path
            for info in self._fs.get_file_info(selector)
            if info.type == fs.FileType.File and is_read(info.path.removeprefix(f"{folder}/"))
        )

    def name_in_day(self, file: str, table: Table, day: date) -> str:
        """Return the path of one of `files` below the folder of its day."""
        return file.removeprefix(self.location(table.name, f"dt={day}/"))

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
        """Replace one file of one day atomically, with the rows in the table's sort order.

        Writing the same rows again gives the same bytes.

        Raises:
            AirloomError: A column is missing or of the wrong type, or the disk is full.
        """
        rows = cast_to_table(rows, table)
        order = pc.sort_indices(rows, sort_keys=[(name, "ascending") for name in table.sort_by])
        rows = rows.take(order)
        with self._atomic_stream(f"{self.location(table.name, f'dt={day}')}/{file}.parquet") as stream:
            pq.write_table(rows, stream, compression="zstd")

    def row_groups(self, file: str, *, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Yield a Parquet file by row group: those of `columns` that it has, with the types they have.

        Raises:
            AirloomError: The file is not readable Parquet.
        """
        with self._opened(file) as parquet:
            present = [name for name in columns if name in parquet.schema_arrow.names]
            for group in range(parquet.num_row_groups):
                yield parquet.read_row_group(group, columns=present)

    def remove_rows(
        self, file: str, to_remove: Callable[[pa.Table], pa.Array], *, columns: Sequence[str]
    ) -> int:
        """Remove rows from one Parquet file with any columns, and return how many.

        A file without such rows is not touched. One row group is in memory at a time.

        Args:
            file: As `files` names it.
            to_remove: Returns a boolean for each row, given those of `columns` that the file has.
            columns: The columns that `to_remove` reads.

        Raises:
            AirloomError: The file is not readable Parquet, or its path cannot be written.
        """
        before = self._state(file)
        with self._opened(file) as parquet:
            present = [name for name in columns if name in parquet.schema_arrow.names]
            groups = range(parquet.num_row_groups)
            kept = [pc.invert(to_remove(parquet.read_row_group(group, columns=present))) for group in groups]
            removed = sum(len(mask) - (mask.true_count or 0) for mask in kept)
            if removed:
                with (
                    self._atomic_stream(file) as stream,
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
        """Return the rows of the days `since` to `through` (both included), in the order of days."""
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
        """Yield the same rows, one file at a time."""
        for day in self.days(table):
            if (since is None or day >= since) and (through is None or day <= through):
                for file in self.files(table, day):
                    yield self.read_file(file, table, columns=columns)

    def read_file(self, file: str, table: Table, *, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows of one Parquet file, with the table's schema.

        Raises:
            AirloomError: The file is not readable Parquet, or a column is missing or of the wrong type.
        """
        selected = table if columns is None else table.only(columns)
        with self._opened(file) as parquet:
            names = parquet.schema_arrow.names
            require_columns(names, selected, where=file)
            present = [name for name in names if name in selected.schema.names]
            # Most files are small: a pool of threads would cost more than reading them.
            rows = parquet.read(columns=present, use_threads=False)
        return cast_to_table(rows, selected, where=file)

    def rows_in(self, file: str) -> int:
        """Return the number of rows that a Parquet file's footer states.

        Raises:
            AirloomError: The file is not readable Parquet.
        """
        with self._opened(file) as parquet:
            return int(parquet.metadata.num_rows)

    def _state(self, file: str) -> tuple[int, int]:
        (info,) = self._fs.get_file_info([file])
        return info.size, info.mtime_ns

    @contextmanager
    def _atomic_stream(self, file: str) -> Iterator[BinaryIO | pa.NativeFile]:
        """Yield a stream whose bytes become `file` only if the block ends without an error."""
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
        """Return the same rows as a lazy Arrow dataset, which DuckDB can scan without loading.

        Args:
            table: The table to read.
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
        schema = table.stored_schema.append(DAY_FIELD) if with_day else table.stored_schema
        if not files:
            return ds.dataset(schema.empty_table())
        parted = ds.partitioning(pa.schema([DAY_FIELD]), flavor="hive") if with_day else None
        return ds.dataset(files, filesystem=self._fs, format="parquet", schema=schema, partitioning=parted)
