"""User histories: the last events of each user through a day, without look-ahead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from airloom.logs.contract import EVENTS
from airloom.logs.counted_events import view_counted_events
from airloom.logs.lake import Lake
from airloom.timestamps import (
    MICROS_PER_DAY,
    MICROS_PER_SECOND,
    SECONDS_PER_DAY,
    days_since_epoch,
    end_of,
    start_of,
    to_micros,
)

HISTORY_COLUMNS: Final = {
    "object_ids": pa.list_(pa.string()),
    "actions": pa.list_(pa.string()),
    "timestamps": pa.list_(pa.int64()),
}
"""The parallel lists of a user history, oldest event first; timestamps are in seconds since 1970."""

HISTORIES: Final = pa.schema(
    {"user_id": pa.string(), "day": pa.date32(), **HISTORY_COLUMNS},
)
"""One row per user and day on which the user did something."""

ROWS_AT_ONCE: Final = 100_000
"""Histories per record batch: with 100 events each, some hundred megabytes."""

_NEVER: Final = 2**62

# Only users who were active in the window count, and of what they did before it no more than one history's
# length: so DuckDB, which can spill to disk, reduces a long past before anything reaches memory.
_RELEVANT_EVENTS: Final = f"""
    WITH past AS (
        SELECT user_id, epoch_us(ts) AS us, action, object_id,
               coalesce(epoch_us(returned_at), {_NEVER}) AS counts_before_us
        FROM counted_events
    ), active AS (SELECT DISTINCT user_id FROM past WHERE us >= $since)
    SELECT user_id, us // {MICROS_PER_SECOND} AS seconds, action, object_id, counts_before_us
    FROM past SEMI JOIN active USING (user_id)
    QUALIFY us >= $since
         OR row_number() OVER (PARTITION BY user_id, us >= $since
                               ORDER BY us DESC, action DESC, object_id DESC, counts_before_us DESC) <= $limit
    ORDER BY user_id, us, action, object_id, counts_before_us
"""  # noqa: S608 - constants only


def user_histories(lake: Lake, *, since: date, through: date, limit: int = 100) -> pa.Table:
    """Return the last `limit` events of every user through each day on which the user did something.

    A return is no event of a history, but the day of one has a history, from which the order is gone.

    Args:
        lake: Holds the clean events.
        since: The first day for which to give histories; they reach back before it.
        through: The last such day; no later event is read.
        limit: The maximum length of a history.

    Returns:
        A table with the schema `HISTORIES`, sorted by user and day. Events of the same instant are in the
        order of their action and object, so that the result depends on the logs only.
    """
    connection = duckdb.connect()
    view_counted_events(connection, lake.dataset(EVENTS, through=through), before=end_of(through))
    events: pa.Table = connection.sql(
        _RELEVANT_EVENTS, params={"since": to_micros(start_of(since)), "limit": limit}
    ).to_arrow_table()
    return pa.Table.from_batches(_histories(events, since, limit), schema=HISTORIES)


def _histories(events: pa.Table, since: date, limit: int) -> Iterator[pa.RecordBatch]:
    if events.num_rows == 0:
        return
    users = events["user_id"].combine_chunks()
    codes = users.dictionary_encode().indices.to_numpy()
    seconds = events["seconds"].to_numpy()
    days = seconds // SECONDS_PER_DAY
    last_of_day = np.append((codes[1:] != codes[:-1]) | (days[1:] != days[:-1]), True)
    first_day = days_since_epoch(since)
    ends = np.flatnonzero(last_of_day & (days >= first_day)) + 1
    first_of_user = np.searchsorted(codes, codes[ends - 1], side="left")
    starts = np.maximum(first_of_user, ends - limit)
    counts_before = events["counts_before_us"].to_numpy()
    objects, actions = events["object_id"].combine_chunks(), events["action"].combine_chunks()
    for begin in range(0, len(ends), ROWS_AT_ONCE):
        start, end = starts[begin : begin + ROWS_AT_ONCE], ends[begin : begin + ROWS_AT_ONCE]
        rows = _ranges(start, end)
        history = np.repeat(np.arange(len(start)), end - start)
        counts = counts_before[rows] >= (days[end - 1] + 1)[history] * MICROS_PER_DAY
        lengths = np.bincount(history[counts], minlength=len(start))
        offsets = pa.array(np.append(0, np.cumsum(lengths)), pa.int32())
        index = pa.array(rows[counts])
        yield pa.record_batch(
            [
                users.take(pa.array(end - 1)),
                pa.array(days[end - 1].astype("datetime64[D]")),
                pa.ListArray.from_arrays(offsets, objects.take(index)),
                pa.ListArray.from_arrays(offsets, actions.take(index)),
                pa.ListArray.from_arrays(offsets, pa.array(seconds).take(index)),
            ],
            schema=HISTORIES,
        )


def _ranges(starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the integers of every half-open range [start, end), one range after the other."""
    lengths = ends - starts
    before = np.cumsum(lengths) - lengths
    within: npt.NDArray[np.int64] = np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
    return within
