"""Vectors by key, in a folder of Arrow files that many processes may add to and any may tidy up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from airloom.errors import AirloomError
from airloom.files import atomic_file, sha256_of, temporary_beside

BATCH_ROWS: Final = 4096
"""Vectors that are held in memory while files are merged, and one record batch of the merged file."""
FULL_ROWS: Final = 65_536
"""A file of so many rows is left alone."""
MERGE_AT: Final = 32
"""Files below `FULL_ROWS` that are merged into one."""

Keys = NDArray[np.uint64]
"""uint64 [N, 2]: hashes of 16 bytes, big-endian."""


class VectorFiles:
    """A folder that only grows: each file bears the hash of its content and is never changed.

    Many small files are merged into one, which is whole on the disk before they are deleted: killed at any
    moment, nothing is lost. A reader whose file was merged by another process looks again. Of every key 12
    bytes are held in memory; of the vectors, mapped from the disk, only those that are asked for are read.

    Args:
        folder: Where the files lie; need not exist.
        dimension: Length of a vector.
    """

    def __init__(self, folder: Path, *, dimension: int) -> None:
        self._folder = folder
        self._dimension = dimension
        self._indexes: dict[Path, _Index] = {}

    def look_up(self, keys: Keys) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        """Return which of N keys are stored, bool [N], and their vectors, float32 [N, D], 0 elsewhere.

        Raises:
            AirloomError: A file is not readable.
        """
        while True:
            is_present = np.zeros(len(keys), np.bool_)
            vectors = np.zeros((len(keys), self._dimension), np.float32)
            try:
                for file, index in self._refreshed().items():
                    if not is_present.all():
                        self._read(file, index, keys, is_present, vectors)
            except FileNotFoundError:
                continue  # another process has merged it: its rows lie in a file that is there by now
            else:
                return is_present, vectors

    def append(self, keys: Keys, vectors: NDArray[np.float32]) -> None:
        """Add vectors float32 [N, D] under N keys, whole or not at all."""
        packed = pa.py_buffer(keys.astype(">u8").tobytes())
        column = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(keys), [None, packed])
        values = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), self._dimension)
        self._write(iter([pa.record_batch({"key": column, "vector": values})]))
        try:
            small = [file for file, index in self._refreshed().items() if len(index.rows) < FULL_ROWS]
            if len(small) >= MERGE_AT:
                self._merge(small)
        except FileNotFoundError:
            return  # another process is merging them

    def _refreshed(self) -> dict[Path, _Index]:
        """Return the index of every file, in name order; what has not changed is not read again."""
        files = sorted(self._folder.glob("part-*.arrow"))
        self._indexes = {file: self._indexes.get(file) or _index(_open(file)) for file in files}
        return self._indexes

    def _read(
        self,
        file: Path,
        index: _Index,
        keys: Keys,
        is_present: NDArray[np.bool_],
        vectors: NDArray[np.float32],
    ) -> None:
        positions = np.searchsorted(index.beginnings, keys[:, 0])
        positions[positions == len(index.beginnings)] = 0
        wanted = np.flatnonzero(~is_present & (index.beginnings[positions] == keys[:, 0]))
        if not len(wanted):
            return
        rows = index.rows[positions[wanted]]
        batches = np.searchsorted(index.batch_ends, rows, side="right")
        opened = _open(file)
        for number in np.unique(batches):
            mine = wanted[batches == number]
            batch = opened.get_batch(int(number))
            inside = rows[batches == number] - (index.batch_ends[number] - batch.num_rows)
            same = (_keys(batch)[inside] == keys[mine]).all(axis=1)  # beginnings may agree by chance
            values = batch["vector"].flatten().to_numpy().reshape(-1, self._dimension)
            vectors[mine[same]] = values[inside[same]]
            is_present[mine[same]] = True

    def _merge(self, files: list[Path]) -> None:
        """Write the rows of `files` as one file, each key once, then delete them."""
        beginnings = [_in_file_order(self._indexes[file]) for file in files]
        first = np.unique(np.concatenate(beginnings), return_index=True)[1]
        keep = np.zeros(sum(map(len, beginnings)), np.bool_)
        keep[first] = True
        target = self._write(_kept(files, keep))
        for file in files:
            if file != target:
                file.unlink(missing_ok=True)

    def _write(self, batches: Iterator[pa.RecordBatch]) -> Path:
        """Write one file of the batches, named by the hash of its bytes, whole or not at all."""
        unnamed = temporary_beside(self._folder / "part.arrow")
        with atomic_file(unnamed) as temporary:
            first = next(batches)
            with pa.ipc.new_file(temporary, first.schema) as writer:
                writer.write_batch(first)
                for batch in batches:
                    writer.write_batch(batch)
        target = self._folder / f"part-{sha256_of(unnamed)[:16]}.arrow"
        with atomic_file(target) as temporary:
            unnamed.replace(temporary)
        return target


class _Index(NamedTuple):
    """Where the keys of one file are.

    Attributes:
        beginnings: uint64 [R], the first halves of the keys, ascending.
        rows: int32 [R], the row of each.
        batch_ends: int64 [record batches], the first row behind each.
    """

    beginnings: NDArray[np.uint64]
    rows: NDArray[np.int32]
    batch_ends: NDArray[np.int64]


def _index(opened: pa.ipc.RecordBatchFileReader) -> _Index:
    batches = [_keys(opened.get_batch(number))[:, 0] for number in range(opened.num_record_batches)]
    beginnings = np.concatenate(batches)
    rows = np.argsort(beginnings, kind="stable")
    ends = np.cumsum([len(batch) for batch in batches], dtype=np.int64)
    return _Index(beginnings[rows], rows.astype(np.int32), ends)


def _in_file_order(index: _Index) -> NDArray[np.uint64]:
    beginnings = np.empty_like(index.beginnings)
    beginnings[index.rows] = index.beginnings
    return beginnings


def _kept(files: list[Path], keep: NDArray[np.bool_]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of `files` that are kept, in their order, about `BATCH_ROWS` at a time."""
    waiting: list[pa.RecordBatch] = []
    row = 0
    for file in files:
        opened = _open(file, mapped=False)  # mapped, a whole file would stay in memory until it is read
        for number in range(opened.num_record_batches):
            batch = opened.get_batch(number)
            waiting.append(batch.filter(pa.array(keep[row : row + batch.num_rows])))
            row += batch.num_rows
            if sum(part.num_rows for part in waiting) >= BATCH_ROWS:
                yield pa.concat_batches(waiting)
                waiting = []
    if waiting:
        yield pa.concat_batches(waiting)


def _open(file: Path, *, mapped: bool = True) -> pa.ipc.RecordBatchFileReader:
    try:
        return pa.ipc.open_file(pa.memory_map(str(file)) if mapped else pa.OSFile(str(file)))
    except FileNotFoundError:
        raise
    except (pa.ArrowInvalid, OSError) as error:
        raise AirloomError(
            f"{file} is not a readable Arrow file ({error})",
            do="Delete it: its texts are encoded again when they are needed",
        ) from error


def _keys(batch: pa.RecordBatch) -> Keys:
    column = batch["key"]
    halves = np.frombuffer(column.buffers()[1], ">u8")[2 * column.offset :][: 2 * len(column)]
    return halves.astype(np.uint64).reshape(-1, 2)
