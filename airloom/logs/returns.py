"""Returns: orders with fewer than no pieces, and which earlier orders they take back.

Orders and returns of one user, product and `request_id` (which may be null) belong together. A return takes
back the latest pieces that were ordered before it; an order of which no piece is left no longer counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from airloom.logs.contract import ORDER, TIMESTAMP
from airloom.timestamps import EpochSeconds, to_datetime

IS_RETURN: Final = f"coalesce(action = '{ORDER}' AND quantity < 0, false)"
"""Whether an event is a return, in SQL."""
_IS_RETURN: Final = (pc.field("action") == ORDER) & (pc.field("quantity") < 0)
"""The same, as a filter of Arrow."""

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
ORDERS_AND_RETURNS: Final = pa.schema(
    [
        ("user_id", pa.string()),
        ("object_id", pa.string()),
        ("action", pa.string()),
        ("ts", TIMESTAMP),
        ("returned_at", TIMESTAMP),
    ]
)
"""An order or a return, and since when it does not count: null if it does, and of a return its own time."""

_LINES: Final = f"""
WITH orders AS (
    SELECT user_id, object_id, coalesce(request_id, '') AS page, ts, coalesce(quantity, 1) AS pieces,
           {IS_RETURN} AS is_return, unit_price, currency
    FROM events WHERE action = '{ORDER}' AND ts < $before
), returned AS (
    SELECT DISTINCT user_id, object_id FROM orders WHERE is_return
)
SELECT * FROM orders SEMI JOIN returned USING (user_id, object_id)
ORDER BY user_id, object_id, page, ts, pieces DESC, unit_price, currency
"""  # noqa: S608 - constants only


def orders_and_returns(events: ds.Dataset, *, before: EpochSeconds) -> pa.Table:
    """Return the orders and returns of products of which a user returned any (`ORDERS_AND_RETURNS`).

    Orders are rows of their own, also those of one instant: as many no longer count as were taken back whole.

    Args:
        events: Clean events; an order that is not among them cannot be taken back.
        before: Only events earlier than this count.
    """
    lines = _lines(events, before)
    returned_at = [line["ts"] if line["is_return"] else None for line in lines]
    for matched in _matched(lines):
        if matched["is_whole"]:
            returned_at[matched["order"]] = matched["returned_at"]
    rows = [
        line | {"action": ORDER, "returned_at": moment}
        for line, moment in zip(lines, returned_at, strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=ORDERS_AND_RETURNS)


def returned_pieces(events: ds.Dataset, *, before: EpochSeconds) -> pa.Table:
    """Return what returns before a moment took back, by return and order (`RETURNED`).

    Args:
        events: Clean events; a piece whose order is not among them is not taken back.
        before: Only events earlier than this count.
    """
    return pa.Table.from_pylist(list(_matched(_lines(events, before))), schema=RETURNED)


class ReturnedPieces(NamedTuple):
    """Pieces of all returns, and those of them whose order is not in the logs."""

    returned: int
    without_order: int


def count_returned(events: ds.Dataset, *, before: EpochSeconds) -> ReturnedPieces:
    """Return how many pieces came back before a moment, and how many of these nobody had ordered.

    Args:
        events: Clean events.
        before: Only events earlier than this count.
    """
    lines = _lines(events, before)
    returned = -sum(line["pieces"] for line in lines if line["is_return"])
    return ReturnedPieces(returned, returned - sum(matched["pieces"] for matched in _matched(lines)))


def _lines(events: ds.Dataset, before: EpochSeconds) -> list[dict[str, Any]]:
    """Return orders and returns of returned products, by what belongs together and time."""
    if not events.count_rows(filter=_IS_RETURN):
        return []
    with duckdb.connect() as connection:
        connection.register("events", events)
        lines = connection.sql(_LINES, params={"before": to_datetime(before)}).to_arrow_table()
    rows: list[dict[str, Any]] = lines.to_pylist()
    return rows


def _matched(lines: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield what is taken back of each order, by return; `order` is the index of its line."""
    together: tuple[str, ...] = ()
    left: list[tuple[int, datetime, int]] = []
    for index, line in enumerate(lines):
        if (line["user_id"], line["object_id"], line["page"]) != together:
            together, left = (line["user_id"], line["object_id"], line["page"]), []
        if not line["is_return"]:
            left.append((index, line["ts"], line["pieces"]))
            continue
        pieces = -line["pieces"]
        while pieces and left:
            order, ordered_at, ordered = left.pop()
            taken = min(ordered, pieces)
            pieces -= taken
            if ordered > taken:
                left.append((order, ordered_at, ordered - taken))
            yield line | {
                "order": order,
                "request_id": line["page"] or None,
                "ts": ordered_at,
                "returned_at": line["ts"],
                "pieces": taken,
                "is_whole": ordered == taken,
            }
