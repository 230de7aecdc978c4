"""Datasets of time-stamped events: events.csv and items.tsv, as amazon-content2commerce has them.

The last purchase of a user is a test target, the one before it a valid target; training ends before both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from airloom.bench.dataset import MAX_HISTORY, Cases, Items
from airloom.errors import AirloomError
from airloom.logs.contract import ORDER, VIEW
from airloom.ranking.history import ACTION_CODE, UserHistory
from airloom.ranking.training.examples import Example
from airloom.statistics.sequences import Sequences
from airloom.text_files import find
from airloom.timestamps import SECONDS_PER_DAY

EVENTS: Final = "events.csv"
ITEMS: Final = "items.tsv"
CONTENT: Final = ("book", "movie", "music", "video")
"""Domains that are content where items.tsv has no column `kind`."""
MIN_EVENTS: Final = 3
"""Events of a user who has a target."""

# Where all times are midnights, events of one day have no order: a hash gives each a time of the day, which
# says nothing about its domain.
_EVENTS: Final = f"""
    WITH listed AS (
        SELECT user_id::VARCHAR AS user_id, unix_ts::BIGINT AS unix_ts, domain, {{item}} AS item FROM events
    )
    SELECT dense_rank() OVER (ORDER BY user_id) - 1 AS number,
           unix_ts + CASE WHEN (SELECT bool_and(unix_ts % {SECONDS_PER_DAY} = 0) FROM listed)
               THEN (md5_number_lower(concat_ws('|', user_id, unix_ts, domain, item))
                     % {SECONDS_PER_DAY})::BIGINT
               ELSE 0 END AS seconds,
           domain || ':' || item AS object_id
    FROM listed
    ORDER BY number, seconds, object_id
"""  # noqa: S608 - constants only


def is_here(data: Path) -> bool:
    """Return whether a folder looks like such a dataset."""
    return find(data, EVENTS) is not None and find(data, ITEMS) is not None


class _Targets(NamedTuple):
    """Indices of each user's last purchase and of the one before it among all events, -1 for none."""

    test: NDArray[np.int64]
    valid: NDArray[np.int64]


@dataclass(frozen=True)
class EventFiles:
    """Such a dataset in a folder.

    Attributes:
        name: In tables.
        data: The folder.
    """

    name: str
    data: Path

    @property
    def has_times(self) -> bool:
        """True: timestamps are real, if only to the day."""
        return True

    @cached_property
    def items(self) -> Items:
        """All objects by `domain:item`; content is what `kind` says, or what `CONTENT` names."""
        table = self._table(ITEMS, delimiter="\t", needed=("domain", "title"))
        item = _item_column(table, self.data / ITEMS)
        _refuse_blanks(table, self.data / ITEMS, item, "domain")
        kinds = "kind = 'commerce'" if "kind" in table.column_names else f"domain NOT IN {CONTENT}"
        query = f"""
            SELECT domain || ':' || {item} AS id, coalesce(title, '') AS title, domain, {kinds} AS is_product
            FROM items ORDER BY id
        """  # noqa: S608 - made of constants
        with duckdb.connect() as connection:
            connection.register("items", table)
            rows = connection.sql(query).to_arrow_table()
        ids = rows["id"].to_pylist()
        if len(set(ids)) < len(ids):
            raise AirloomError(
                f"{self.data / ITEMS} names {len(ids) - len(set(ids))} items twice", do="Give each one line"
            )
        is_product = rows["is_product"].to_numpy().astype(np.bool_)
        return Items(ids, rows["title"].to_pylist(), rows["domain"].to_pylist(), is_product)

    @cached_property
    def training(self) -> Sequences:
        """What came before the targets."""
        events, targets = self._events, self._targets
        first = np.where(targets.valid >= 0, targets.valid, targets.test)
        cut = np.where(first >= 0, first, events.starts[1:])
        return events.where(np.arange(len(events.users)) < cut[events.users])

    def valid(self) -> Cases:
        """Return the purchases before the last ones."""
        return self._cases(self._targets.valid)

    def test(self) -> Cases:
        """Return the last purchases."""
        return self._cases(self._targets.test)

    def _cases(self, targets: NDArray[np.int64]) -> Cases:
        events = self._events
        examples = []
        for user in np.flatnonzero(targets >= 0).tolist():
            index, start = int(targets[user]), int(events.starts[user])
            before = slice(max(start, index - MAX_HISTORY), index)
            history = UserHistory(events.objects[before], events.actions[before], events.timestamps[before])
            now = max(int(events.timestamps[index]), int(history.timestamps[-1]) + 1)
            examples.append(Example(str(user), history, int(events.objects[index]), now, 1.0))
        if not examples:
            raise AirloomError(
                f"{self.data} has no user with {MIN_EVENTS} events and a purchase after others",
                do="Give more events, or a column kind that says what is commerce",
            )
        return Cases(examples, None)

    @cached_property
    def _targets(self) -> _Targets:
        events, count = self._events, len(self._events.starts) - 1
        test, valid = np.full(count, -1), np.full(count, -1)
        for user, (start, end) in enumerate(zip(events.starts[:-1], events.starts[1:], strict=True)):
            bought = start + np.flatnonzero(events.is_commerce[start:end])
            bought = bought[bought > start]  # something must have come before
            if end - start >= MIN_EVENTS and len(bought):
                test[user] = bought[-1]
                valid[user] = bought[-2] if len(bought) > 1 else -1
        return _Targets(test, valid)

    @cached_property
    def _events(self) -> Sequences:
        """All events."""
        table = self._table(EVENTS, delimiter=",", needed=("user_id", "unix_ts", "domain"))
        item = _item_column(table, self.data / EVENTS)
        _refuse_blanks(table, self.data / EVENTS, "user_id", "unix_ts", "domain", item)
        with duckdb.connect() as connection:
            connection.register("events", table)
            try:
                sorted_events = connection.sql(_EVENTS.format(item=item)).to_arrow_table()
            except duckdb.Error as error:
                raise AirloomError(
                    f"{self.data / EVENTS} cannot be read ({error})", do="Correct it"
                ) from error
        items = self.items
        row_of = {object_id: row for row, object_id in enumerate(items.ids)}
        rows = np.array(
            [row_of.get(object_id, -1) for object_id in sorted_events["object_id"].to_pylist()], np.int32
        )
        if (rows < 0).any():
            raise AirloomError(
                f"{self.data / EVENTS} has {int((rows < 0).sum())} events about items that {ITEMS} lacks",
                do=f"Give every item a line in {ITEMS}",
            )
        actions = np.where(items.is_product[rows], ACTION_CODE[ORDER], ACTION_CODE[VIEW]).astype(np.int8)
        return Sequences(
            sorted_events["number"].to_numpy().astype(np.int32),
            rows,
            actions,
            sorted_events["seconds"].to_numpy().astype(np.int64),
        )

    def _table(self, name: str, *, delimiter: str, needed: tuple[str, ...]) -> pa.Table:
        file = find(self.data, name)
        if file is None:
            raise AirloomError(
                f"{self.data} has no {name}", do="Give a folder as in docs/how-to/benchmark.md"
            )
        with duckdb.connect() as connection:
            try:
                table = connection.read_csv(
                    str(file), delimiter=delimiter, header=True, all_varchar=True, quotechar=""
                ).to_arrow_table()
            except duckdb.Error as error:
                raise AirloomError(f"{file} cannot be read ({error})", do="Correct it") from error
        missing = [column for column in needed if column not in table.column_names]
        if missing:
            raise AirloomError(f"{file} has no column {', '.join(missing)}", do="Name the columns in line 1")
        return table


def _item_column(table: pa.Table, file: Path) -> str:
    for name in ("asin", "item_id"):
        if name in table.column_names:
            return name
    raise AirloomError(f"{file} has no column asin or item_id", do="Name the columns in line 1")


def _refuse_blanks(table: pa.Table, file: Path, *columns: str) -> None:
    for column in columns:
        if table[column].null_count:
            raise AirloomError(
                f"{file} has {table[column].null_count} rows without {column}", do="Fill or remove them"
            )
