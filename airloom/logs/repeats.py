"""Rows that another row stands for: events or pages delivered again, changes that a later row replaces."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airloom.logs.checks import EXPOSURE_KEY
from airloom.logs.contract import EVENTS, OBJECTS, USERS, Table
from airloom.logs.lake import Lake
from airloom.logs.landed import DAY
from airloom.logs.limits import RESEND_WINDOW
from airloom.logs.quarantine import quarantine

SENT_AGAIN: Final = "the event was delivered before, with the same user_id and event_id"
SAME_EVENT: Final = "the day has the same user_id, ts, action, object_id before, both without an event_id"
ID_OF_ANOTHER: Final = "event_id is that of another event of the user"
SAME_EXPOSURE: Final = f"the day has the same {', '.join(EXPOSURE_KEY)}, object_id before"
REPEATED: Final = (SENT_AGAIN, SAME_EVENT, SAME_EXPOSURE)
"""Reasons in quarantine that are no fault: the first row of the event or exposure is clean."""
REPLACED: Final = "a later row of the day replaces it"
"""Why a row of a change table is set aside; such rows are only in the landing folder."""

CHANGE_TABLES: Final = (OBJECTS, USERS)

_COLUMNS: Final = ("user_id", "event_id", "ts", "action", "object_id", "quantity")
_NAMES: Final = ", ".join(_COLUMNS)

# Rows of one id are rare: counting them first leaves little to sort.
_BY_ID: Final = f"""
WITH earlier AS (
    SELECT {_NAMES}, dt FROM clean WHERE event_id IS NOT NULL
    UNION ALL
    SELECT {_NAMES}, dt FROM bad WHERE event_id IS NOT NULL AND reason = $again
), rows AS (
    SELECT {_NAMES}, dt, row_index FROM valid WHERE event_id IS NOT NULL
    UNION ALL
    SELECT {_NAMES}, dt, -1 AS row_index FROM earlier SEMI JOIN valid USING (user_id, event_id)
    WHERE NOT list_contains($replaced_days, dt)
), repeated AS (
    SELECT user_id, event_id FROM rows GROUP BY ALL HAVING count(*) > 1
)
SELECT row_index, dt - DATE '1970-01-01' AS day,
       row_number() OVER (PARTITION BY user_id, event_id ORDER BY dt, ts, row_index) AS number,
       dense_rank() OVER (PARTITION BY user_id, event_id
                          ORDER BY action, object_id, coalesce(quantity, 1) < 0) AS content
FROM rows SEMI JOIN repeated USING (user_id, event_id)
ORDER BY user_id, event_id, number
"""  # noqa: S608 - constants only

_WITHOUT_ID: Final = """
WITH rows AS (
    SELECT dt, user_id, ts, action, object_id, coalesce(quantity, 1) < 0 AS is_return, row_index
    FROM valid WHERE event_id IS NULL
), repeated AS (
    SELECT * EXCLUDE row_index FROM rows GROUP BY ALL HAVING count(*) > 1
)
SELECT row_index, $same AS reason
FROM rows SEMI JOIN repeated USING (dt, user_id, ts, action, object_id, is_return)
QUALIFY row_number() OVER (
    PARTITION BY dt, user_id, ts, action, object_id, is_return ORDER BY row_index
) > 1
"""


class RepeatCounts(NamedTuple):
    """How many rows do not count because of another row, by reason.

    Attributes:
        faults: In quarantine for a fault.
        set_aside: Without a fault; another row stands for them.
    """

    faults: dict[str, int]
    set_aside: dict[str, int]


def with_repeated_events(lake: Lake, days: Sequence[date], landed: pa.Table, reasons: pa.Array) -> pa.Array:
    """Return the reasons to quarantine events, with those of events that an earlier row stands for.

    Rows of one user and `event_id` within `RESEND_WINDOW` of each other are one event, the first, or a fault
    if they differ from it in action or object, or only one of the two is a return; of rows
    without an `event_id`, those of one day that agree in user, time, action and object are.

    Args:
        lake: Holds the days before, validated.
        days: The days of the rows, ascending; others before them are read from the lake.
        landed: Events with their origin, by day.
        reasons: Why a row breaks a rule, null if it breaks none; only such rows are compared.
    """
    rows = np.arange(landed.num_rows)
    columns = landed.select([*_COLUMNS, DAY]).append_column("row_index", pa.array(rows))
    valid = columns.filter(pc.is_null(reasons))
    with duckdb.connect() as connection:
        connection.register("valid", valid)
        repeated = connection.sql(_WITHOUT_ID, params={"same": SAME_EVENT}).to_arrow_table()
        if valid["event_id"].null_count < valid.num_rows:
            repeated = pa.concat_tables([repeated, _sent_again(connection, lake, days)])
    index = pc.index_in(pa.array(rows), value_set=repeated["row_index"].combine_chunks())
    return pc.coalesce(reasons, repeated["reason"].combine_chunks().take(index))


def with_repeated_exposures(landed: pa.Table, reasons: pa.Array) -> pa.Array:
    """Return the reasons to quarantine exposures, with those of a page that is delivered a second time.

    Args:
        landed: Exposures with their origin, by day.
        reasons: Why a row breaks a rule, null if it breaks none; only such rows are compared.
    """
    key = [DAY, *EXPOSURE_KEY, "object_id"]
    rows = landed.select(key).append_column("row", pa.array(np.arange(landed.num_rows)))
    valid = rows.filter(pc.is_null(reasons))
    first = valid.group_by(key).aggregate([("row", "min")])["row_min"]
    repeated = np.zeros(landed.num_rows, bool)
    repeated[valid["row"].to_numpy()] = True
    repeated[first.to_numpy()] = False
    return pc.if_else(pa.array(repeated), SAME_EXPOSURE, reasons)


def is_replaced(table: Table, landed: pa.Table, reasons: pa.Array) -> pa.Array:
    """Return which valid rows of a change table a later row of the same day and id replaces, boolean."""
    rows = np.arange(landed.num_rows)
    if table not in CHANGE_TABLES:
        return pa.array(np.zeros(len(rows), bool))
    (key,) = table.sort_by
    valid = pa.table({key: landed[key], DAY: landed[DAY], "row": rows}).filter(pc.is_null(reasons))
    newest = valid.group_by([DAY, key]).aggregate([("row", "max")])["row_max"]
    replaced = np.zeros(len(rows), bool)
    replaced[valid["row"].to_numpy()] = True
    replaced[newest.to_numpy()] = False
    return pa.array(replaced)


def repeat_counts(table: Table, reasons: pa.Array, *, replaced: pa.Array) -> RepeatCounts:
    """Return how many rows of `table` do not count because of another row; all its possible faults are named.

    Args:
        table: The table of the rows.
        reasons: Why each row is in quarantine, null if it is not.
        replaced: Whether a later row replaces it.
    """
    counts = {item["values"]: item["counts"] for item in pc.value_counts(reasons).to_pylist()}
    set_aside = {reason: counts[reason] for reason in REPEATED if reason in counts}
    if replaced.true_count:
        set_aside[REPLACED] = replaced.true_count
    return RepeatCounts(
        faults={ID_OF_ANOTHER: counts.get(ID_OF_ANOTHER, 0)} if table == EVENTS else {}, set_aside=set_aside
    )


def _sent_again(connection: duckdb.DuckDBPyConnection, lake: Lake, days: Sequence[date]) -> pa.Table:
    """Return the rows of the table `valid` that repeat an id, and why they do not count."""
    since, through = min(days) - RESEND_WINDOW, max(days) - timedelta(days=1)
    for name, table in (("clean", EVENTS), ("bad", quarantine(EVENTS))):
        connection.register(name, lake.dataset(table, since=since, through=through, with_day=True))
    rows = connection.sql(_BY_ID, params={"replaced_days": list(days), "again": SENT_AGAIN}).to_arrow_table()
    reasons = pa.array(_reasons_by_id(rows), pa.string())
    is_repeat = pc.and_(pc.is_valid(reasons), pc.greater_equal(rows["row_index"], 0))
    return pa.table({"row_index": rows["row_index"], "reason": reasons}).filter(is_repeat)


def _reasons_by_id(rows: pa.Table) -> list[str | None]:
    """Return why each row does not count, given the rows of one id one after the other.

    A row is compared with the clean row before it. What it repeats last decides how long an id stays taken:
    a fault does not prolong it.
    """
    reasons: list[str | None] = []
    clean, last_day = 0, 0
    columns = (rows[name].to_pylist() for name in ("number", "day", "content"))
    for number, day, content in zip(*columns, strict=True):
        is_clean = number == 1 or day - last_day > RESEND_WINDOW.days
        if is_clean:
            clean = content
        if content == clean:
            last_day = day
        reasons.append(None if is_clean else SENT_AGAIN if content == clean else ID_OF_ANOTHER)
    return reasons
