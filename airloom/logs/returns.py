"""Returns: orders with fewer than no pieces, and which earlier orders they take back.

Orders and returns of one user, product and `request_id` (which may be null) belong together. A return takes
back the latest pieces that were ordered before it; an order of which no piece is left no longer counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from airloom.logs.contract import ORDER, TIMESTAMP
from airloom.timestamps import EpochSeconds, to_datetime

IS_RETURN: Final = f"coalesce(action = '{ORDER}' AND quantity < 0, false)"
"""Whether an event is a return, in SQL."""
NO_RETURN: Final = (pc.field("action") != ORDER) | pc.field("quantity").is_null() | (pc.field("quantity") > 0)
"""Whether an event is none, as a filter of Arrow."""

RETURNED: Final = pa.schema(
    [
        ("user_id", pa.string()),
        ("object_id", pa.string()),
        ("request_id", pa.string()),
        ("ts", TIMESTAMP),
        ("returned_at", TIMESTAMP),
        ("pieces", pa.int64()),
        ("is_whole", pa.bool_()),
        ("unit_price", pa.float64()),
        ("currency", pa.string()),
    ]
)
"""Pieces of an order (of `ts`) that one return took back, at its price; whole: none of the order is left."""
TAKEN_BACK: Final = pa.schema(
    [RETURNED.field(name) for name in ("user_id", "object_id", "ts", "returned_at")]
)
"""An order of which nothing is left, and since when."""

_LINES: Final = f"""
WITH orders AS (
    SELECT user_id, object_id, coalesce(request_id, '') AS page, ts, coalesce(quantity, 1) AS pieces,
           {IS_RETURN} AS is_return, unit_price, currency
    FROM events WHERE action = '{ORDER}' AND ts < $before
), returned AS (
    SELECT DISTINCT user_id, object_id, page FROM orders WHERE is_return
)
SELECT * EXCLUDE is_return FROM orders SEMI JOIN returned USING (user_id, object_id, page)
ORDER BY user_id, object_id, page, ts, pieces DESC, unit_price, currency
"""  # noqa: S608 - constants only


def taken_back(events: ds.Dataset, *, before: EpochSeconds) -> pa.Table:
    """Return the orders that returns before a moment took back whole (`TAKEN_BACK`).

    Args:
        events: Clean events; an order that is not among them cannot be taken back.
        before: Only events earlier than this count.
    """
    returned = returned_pieces(events, before=before)
    return returned.filter(returned["is_whole"]).select(TAKEN_BACK.names)


def returned_pieces(events: ds.Dataset, *, before: EpochSeconds) -> pa.Table:
    """Return what returns before a moment took back, by return and order (`RETURNED`).

    Args:
        events: Clean events; a piece whose order is not among them is not taken back.
        before: Only events earlier than this count.
    """
    if not events.count_rows(filter=~NO_RETURN):
        return RETURNED.empty_table()
    with duckdb.connect() as connection:
        connection.register("events", events)
        lines = connection.sql(_LINES, params={"before": to_datetime(before)}).to_arrow_table()
    return pa.Table.from_pylist(list(_matched(lines.to_pylist())), schema=RETURNED)


def without_taken_back(events: pa.Table, orders: pa.Table) -> pa.Table:
    """Return events without those orders, in any order.

    Args:
        events: With the columns user_id, object_id, ts and action.
        orders: From `taken_back`.
    """
    if not orders.num_rows:
        return events
    keys = ["user_id", "object_id", "ts", "action"]
    named = orders.select(keys[:3]).append_column("action", pa.repeat(ORDER, orders.num_rows))
    return events.join(named, keys=keys, join_type="left anti")


def _matched(lines: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield what is taken back of each order, given orders and returns by what belongs together and time."""
    line: tuple[str, ...] = ()
    left: list[tuple[datetime, int]] = []
    for row in lines:
        if (row["user_id"], row["object_id"], row["page"]) != line:
            line, left = (row["user_id"], row["object_id"], row["page"]), []
        if row["pieces"] > 0:
            left.append((row["ts"], row["pieces"]))
            continue
        pieces = -row["pieces"]
        while pieces and left:
            ordered_at, ordered = left.pop()
            taken = min(ordered, pieces)
            pieces -= taken
            if ordered > taken:
                left.append((ordered_at, ordered - taken))
            yield row | {
                "request_id": row["page"] or None,
                "ts": ordered_at,
                "returned_at": row["ts"],
                "pieces": taken,
                "is_whole": ordered == taken,
            }
