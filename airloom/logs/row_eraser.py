"""Finds and removes the rows of users who requested erasure, in any table and Parquet file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from airloom.logs.contract import LOG_TABLES, TIMESTAMP, Table
from airloom.logs.erasure_requests import ErasureRequest, ErasureRequests
from airloom.logs.lake import Lake
from airloom.logs.quarantine import quarantine
from airloom.logs.text_faults import as_text
from airloom.progress import progress
from airloom.timestamps import micros_of, start_of, to_micros

USER: Final = "user_id"
TIME: Final = "ts"
_NO_REQUEST: Final = np.iinfo(np.int64).min


class TableFile(NamedTuple):
    """A Parquet file that may hold rows of users.

    Attributes:
        table: The table that its rows are counted under.
        day: The day of its folder.
        file: Its path, as `Lake.files` gives it.
    """

    table: str
    day: date
    file: str


class RowSearch(NamedTuple):
    """The rows that must be erased.

    Attributes:
        files: Files that hold such rows.
        user_ids: The users whose rows these are.
        searched: The number of files that were read.
    """

    files: list[TableFile]
    user_ids: set[str]
    searched: int


def log_files(lake: Lake, *more: Table) -> list[TableFile]:
    """Return every file of the logs (landed, clean and in quarantine) and of `more` tables."""
    logs = [table for table in LOG_TABLES if USER in table.schema.names]
    landed, bad = [lake.landing(table) for table in logs], [quarantine(table) for table in logs]
    return [file for table in (*landed, *logs, *bad, *more) for file in table_files(lake, table)]


def table_files(lake: Lake, table: Table, days: Sequence[date] | None = None) -> list[TableFile]:
    """Return the files of some days of a table, or of all days if none are given."""
    chosen = lake.days(table) if days is None else days
    return [TableFile(table.name, day, file) for day in chosen for file in lake.files(table, day)]


class RowEraser:
    """Removes the rows that are older than their user's erasure request.

    The age of a row is its `ts`; a row without one counts as from the first moment of its folder's day.

    Args:
        lake: Holds the rows.
        erasures: Knows users by their digests.
        requests: The requests to apply: the open ones for user histories, which do not say when each of their
            events happened; all of them for newly delivered logs.
    """

    def __init__(self, lake: Lake, erasures: ErasureRequests, requests: Iterable[ErasureRequest]) -> None:
        self._lake, self._digest = lake, erasures.digest
        self._through: dict[str, int] = {}
        for request in requests:
            through = micros_of(request.asked_at)
            self._through[request.user_digest] = max(
                through, self._through.get(request.user_digest, _NO_REQUEST)
            )

    def __bool__(self) -> bool:
        """Return whether there is any request."""
        return bool(self._through)

    def requested_by(self, user_ids: pa.ChunkedArray) -> list[str]:
        """Return those of the users who requested erasure."""
        return [
            user for user in user_ids.unique().to_pylist() if user and self._digest(user) in self._through
        ]

    def search(self, files: Iterable[TableFile]) -> RowSearch:
        """Return which of the files still hold rows to erase, without changing them."""
        holding: list[TableFile] = []
        user_ids: set[str] = set()
        searched = 0
        for file in progress(list(files), what="search", unit="files"):
            searched += 1
            for rows in self._lake.row_groups(file.file, columns=[USER, TIME]):
                mask, digests = self._to_erase(rows, file.day)
                if digests:
                    user_ids.update(as_text(rows[USER].filter(mask)).unique().to_pylist())
                    if file not in holding[-1:]:
                        holding.append(file)
        return RowSearch(holding, user_ids, searched)

    def remove(self, files: Iterable[TableFile]) -> Counter[tuple[str, str]]:
        """Remove the rows and return how many, by user digest and table.

        Every file is replaced atomically, so this may be stopped anywhere and run again.
        """
        removed: Counter[tuple[str, str]] = Counter()
        for file in progress(list(files), what="remove", unit="files"):

            def to_erase(rows: pa.Table, file: TableFile = file) -> pa.Array:
                mask, digests = self._to_erase(rows, file.day)
                removed.update((digest, file.table) for digest in digests)
                return mask

            self._lake.remove_rows(file.file, to_erase, columns=[USER, TIME])
        return removed

    def _to_erase(self, rows: pa.Table, day: date) -> tuple[pa.Array, list[str]]:
        """Return a mask of the rows to erase, and the user digest of each of these rows."""
        if USER not in rows.column_names or not rows.num_rows:
            return pa.array(np.zeros(rows.num_rows, bool)), []
        users = as_text(rows[USER]).combine_chunks().dictionary_encode()
        digests = [None if user is None else self._digest(user) for user in users.dictionary.to_pylist()]
        through = np.array([self._through.get(digest or "", _NO_REQUEST) for digest in digests], np.int64)
        codes = users.indices.fill_null(len(digests)).to_numpy(zero_copy_only=False)
        mask = _micros(rows, day) <= np.append(through, _NO_REQUEST)[codes]
        return pa.array(mask), [digests[code] or "" for code in codes[mask]]


def _micros(rows: pa.Table, day: date) -> npt.NDArray[np.int64]:
    """Return the time of every row in microseconds since 1970."""
    start = to_micros(start_of(day))
    if TIME not in rows.column_names:
        return np.full(rows.num_rows, start)
    try:
        times = rows[TIME].cast(TIMESTAMP, safe=False).cast(pa.int64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # delivered so; validation rejects the file
        return np.full(rows.num_rows, start)
    filled: npt.NDArray[np.int64] = pc.fill_null(times, start).to_numpy()
    return filled
