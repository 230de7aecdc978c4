"""Datasets of sequences without times, as LLMCDSR publishes them: train*.txt, valid.txt, test.txt and titles.

An order without times counts as one event per day: each history ends on the same day, the event
before it a day earlier, and a case is asked about on the day after.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.bench.dataset import MAX_HISTORY, Cases, Items
from airloom.errors import AirloomError
from airloom.logs.contract import ORDER
from airloom.ranking.history import ACTION_CODE, UserHistory
from airloom.ranking.training.examples import Example
from airloom.statistics.sequences import Sequences
from airloom.text_files import find, find_all, read_lines
from airloom.timestamps import SECONDS_PER_DAY

LAST: Final = 10_000 * SECONDS_PER_DAY
"""The day of every history's last event, in seconds since 1970 UTC."""
TITLES: Final = "item_titles.tsv"
TIMES: Final = "recovered_timestamps.jsonl"


def is_here(data: Path) -> bool:
    """Return whether a folder looks like such a dataset."""
    return find(data, TITLES) is not None and find(data, "test.txt") is not None


class _Rows(NamedTuple):
    """Sequences back to back: row r is `objects[starts[r]:starts[r + 1]]`."""

    objects: NDArray[np.int32]
    starts: NDArray[np.int64]


@dataclass(frozen=True)
class SequenceFiles:
    """Such a dataset in a folder.

    Attributes:
        name: In tables.
        data: The folder.
    """

    name: str
    data: Path

    @property
    def has_times(self) -> bool:
        """False: there is only an order."""
        return False

    @cached_property
    def items(self) -> Items:
        """All objects, sorted by `domain:item`; everything in these datasets can be bought."""
        return self._catalogue[0]

    @cached_property
    def training(self) -> Sequences:
        """Every row of every train file as one user."""
        files = find_all(self.data, "train*.txt")
        if not files:
            raise AirloomError(
                f"{self.data} has no train*.txt", do="Give a folder as in docs/how-to/benchmark.md"
            )
        read = [self._read(file) for file in files]
        lengths = np.concatenate([np.diff(rows.starts) for rows in read])
        users = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        ends = np.repeat(np.cumsum(lengths), lengths)
        objects = np.concatenate([rows.objects for rows in read])
        times = LAST - SECONDS_PER_DAY * (ends - 1 - np.arange(len(objects)))
        return Sequences(users, objects, np.full(len(objects), ACTION_CODE[ORDER], np.int8), times)

    def valid(self) -> Cases:
        """Return the rows of valid.txt; the last item of each is to be predicted."""
        return self._cases("valid")

    def test(self) -> Cases:
        """Return the rows of test.txt, read now and not before."""
        return self._cases("test")

    def _cases(self, split: str) -> Cases:
        file = find(self.data, f"{split}.txt")
        if file is None:
            raise AirloomError(
                f"{self.data} has no {split}.txt", do="Give a folder as in docs/how-to/benchmark.md"
            )
        rows = self._read(file)
        examples = []
        for number, (start, end) in enumerate(zip(rows.starts[:-1], rows.starts[1:], strict=True)):
            past = rows.objects[max(start, end - 1 - MAX_HISTORY) : end - 1]
            times = LAST - SECONDS_PER_DAY * np.arange(len(past) - 1, -1, -1)
            actions = np.full(len(past), ACTION_CODE[ORDER], np.int8)
            history = UserHistory(past, actions, times)
            target = int(rows.objects[end - 1])
            examples.append(Example(f"{split}:{number}", history, target, LAST + SECONDS_PER_DAY, 1.0))
        if not examples:
            raise AirloomError(f"{file} is empty", do="Give a file with one sequence per line")
        return Cases(examples, self._returning(split, len(examples)))

    def _returning(self, split: str, count: int) -> NDArray[np.bool_] | None:
        """Return which rows are of users who also have a training row, or of unknown users.

        Only the recovered times know users; their rows count from 1.
        """
        file = find(self.data, TIMES)
        if file is None:
            return None
        user_of_row: dict[int, str] = {}
        others: set[str] = set()
        for number, line in enumerate(read_lines(file), start=1):
            try:
                row = json.loads(line)
                if row["split"] == split:
                    user_of_row[int(row["row"])] = row["user_id"]
                elif str(row["split"]).startswith("train"):
                    others.add(row["user_id"])
            except (ValueError, KeyError, TypeError) as error:
                raise AirloomError(
                    f"Line {number} of {file} is not a row ({type(error).__name__}: {error})",
                    do='Write {"split": ..., "row": ..., "user_id": ...}, or remove the file: it is optional',
                ) from error
        return np.array([row not in user_of_row or user_of_row[row] in others for row in range(1, count + 1)])

    @cached_property
    def _catalogue(self) -> tuple[Items, dict[str, int]]:
        """The objects, and each item id of the files as a row of them."""
        file = find(self.data, TITLES)
        if file is None:
            raise AirloomError(
                f"{self.data} has no {TITLES}", do="Give a folder as in docs/how-to/benchmark.md"
            )
        head, *lines = [line.split("\t") for line in read_lines(file)] or [[]]
        missing = sorted({"item_id", "domain", "title"} - set(head))
        if missing:
            raise AirloomError(f"{file} has no column {', '.join(missing)}", do="Name the columns in line 1")
        for number, line in enumerate(lines, start=2):
            if len(line) != len(head):
                raise AirloomError(
                    f"Line {number} of {file} has {len(line)} columns, line 1 has {len(head)}",
                    do="Put one tabulator between columns, and none into a title",
                )
        column = {name: index for index, name in enumerate(head)}
        key_column = column.get("asin", column["item_id"])
        keyed = sorted(
            (f"{line[column['domain']]}:{line[key_column]}", line[column["title"]], line[column["item_id"]])
            for line in lines
        )
        ids = [key for key, _, _ in keyed]
        distinct = min(len(set(ids)), len({item for _, _, item in keyed}))
        if distinct < len(ids):
            raise AirloomError(
                f"{file} names {len(ids) - distinct} items twice",
                do="Give every item one line, and an item_id that no other domain uses",
            )
        domains = [key.split(":", 1)[0] for key in ids]
        items = Items(ids, [title for _, title, _ in keyed], domains, np.ones(len(ids), np.bool_))
        return items, {item: row for row, (_, _, item) in enumerate(keyed)}

    def _read(self, file: Path) -> _Rows:
        """Return the rows of a file, `user<TAB>item,item,...`."""
        rows = self._catalogue[1]
        objects: list[int] = []
        ends = [0]
        for number, line in enumerate(read_lines(file), start=1):
            try:
                sequence = [rows[item] for item in line.split("\t")[1].split(",")]
            except (IndexError, KeyError) as error:
                raise AirloomError(
                    f"Line {number} of {file} cannot be read: {error} is no item of {TITLES}",
                    do="Write: user, tabulator, item ids with commas between them",
                ) from error
            if len(sequence) < 2 and not file.name.startswith("train"):
                raise AirloomError(
                    f"Line {number} of {file} has {len(sequence)} item",
                    do="Give at least two: the last is to be predicted",
                )
            objects += sequence
            ends.append(len(objects))
        return _Rows(np.array(objects, np.int32), np.array(ends, np.int64))
