"""Finds and removes the rows of people who asked to be forgotten, whatever tables and files they lie in."""

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
from airloom.logs.erasures import Erasure, Erasures
from airloom.logs.lake import Lake
from airloom.logs.quarantine import quarantine
from airloom.progress import progress
from airloom.timestamps import micros_of, start_of, to_micros

USER: Final = "user_id"
MOMENT: Final = "ts"
_NOT_ASKED: Final = np.iinfo(np.int64).min


class Place(NamedTuple):
    """A Parquet file in which people may be named.

    Attributes:
        table: What its rows are counted under.
        day: The day of its folder.
        file: As the lake names it.
    """

    table: str
    day: date
    file: str


class Search(NamedTuple):
    """What a search found.

    Attributes:
        places: Files with rows that are to go.
        user_ids: Whose rows these are.
        searched: How many files were read.
    """

    places: list[Place]
    user_ids: set[str]
    searched: int


def log_places(lake: Lake, *more: Table) -> list[Place]:
    """Every file of the logs, as they landed, clean and in quarantine, and of `more` tables."""
    logs = [table for table in LOG_TABLES if USER in table.schema.names]
    landed, bad = [lake.landing(table) for table in logs], [quarantine(table) for table in logs]
    return [place for table in (*landed, *logs, *bad, *more) for place in table_places(lake, table)]


def table_places(lake: Lake, table: Table, days: Sequence[date] | None = None) -> list[Place]:
    """Every file of some days of a table, of all days if none are given."""
    chosen = lake.days(table) if days is None else days
    return [Place(table.name, day, file) for day in chosen for file in lake.files(table, day)]


class Forgotten:
    """Whose rows are to go, and up to when.

    A row is older than the request if its `ts` is; one without says nothing but the day of its folder, and is
    taken to be from that day's first moment.

    Args:
        lake: Where the rows are.
        erasures: Knows people by their digests.
        asked: The requests that count: the open ones where histories lie, which say nothing of when each of
            their events happened, and all of them where something is delivered anew.
    """

    def __init__(self, lake: Lake, erasures: Erasures, asked: Iterable[Erasure]) -> None:
        self._lake, self._digest = lake, erasures.digest
        self._until: dict[str, int] = {}
        for erasure in asked:
            until = micros_of(erasure.asked_at)
            self._until[erasure.person] = max(until, self._until.get(erasure.person, _NOT_ASKED))

    def __bool__(self) -> bool:
        """Whether anybody ever asked."""
        return bool(self._until)

    def among(self, user_ids: pa.ChunkedArray) -> list[str]:
        """Who of these users ever asked."""
        return [user for user in user_ids.unique().to_pylist() if user and self._digest(user) in self._until]

    def search(self, places: Iterable[Place]) -> Search:
        """Which of the files still hold such rows; nothing is changed."""
        found: list[Place] = []
        user_ids: set[str] = set()
        searched = 0
        for place in progress(list(places), what="search", unit="files"):
            searched += 1
            for rows in self._lake.row_groups(place.file, columns=[USER, MOMENT]):
                mask, people = self._gone(rows, place.day)
                if people:
                    user_ids.update(map(str, rows[USER].filter(mask).unique().to_pylist()))
                    if place not in found[-1:]:
                        found.append(place)
        return Search(found, user_ids, searched)

    def remove(self, places: Iterable[Place]) -> Counter[tuple[str, str]]:
        """Remove the rows; how many, by person and table.

        Every file is replaced whole, so that this may be stopped anywhere and done again.
        """
        removed: Counter[tuple[str, str]] = Counter()
        for place in progress(list(places), what="remove", unit="files"):

            def gone(rows: pa.Table, place: Place = place) -> pa.Array:
                mask, people = self._gone(rows, place.day)
                removed.update((person, place.table) for person in people)
                return mask

            self._lake.remove_rows(place.file, gone, columns=[USER, MOMENT])
        return removed

    def _gone(self, rows: pa.Table, day: date) -> tuple[pa.Array, list[str]]:
        """Which rows are to go, and whose each of these is."""
        if USER not in rows.column_names or not rows.num_rows:
            return pa.array(np.zeros(rows.num_rows, bool)), []
        users = rows[USER].cast(pa.string()).combine_chunks().dictionary_encode()
        people = [None if user is None else self._digest(user) for user in users.dictionary.to_pylist()]
        until = np.array([self._until.get(person or "", _NOT_ASKED) for person in people], np.int64)
        codes = users.indices.fill_null(len(people)).to_numpy(zero_copy_only=False)
        mask = _moments(rows, day) <= np.append(until, _NOT_ASKED)[codes]
        return pa.array(mask), [people[code] or "" for code in codes[mask]]


def _moments(rows: pa.Table, day: date) -> npt.NDArray[np.int64]:
    """Microseconds since 1970 UTC of every row."""
    begin = to_micros(start_of(day))
    if MOMENT not in rows.column_names:
        return np.full(rows.num_rows, begin)
    try:
        moments = rows[MOMENT].cast(TIMESTAMP, safe=False).cast(pa.int64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # landed so; validation will not take the file
        return np.full(rows.num_rows, begin)
    filled: npt.NDArray[np.int64] = pc.fill_null(moments, begin).to_numpy()
    return filled
