"""The events that count: without returns, and without the orders that they take back."""

from __future__ import annotations

from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from airloom.logs.contract import EVENTS
from airloom.logs.returns import orders_and_returns
from airloom.timestamps import EpochSeconds, to_micros

COUNTED: Final = pa.schema(
    [EVENTS.stored_schema.field(name) for name in ("user_id", "object_id", "action", "ts")]
)
"""An event that counts."""

# Whoever reads these columns cannot tell two orders of one instant apart, so all orders of a product of which
# any came back are put in anew instead of naming those that go.
_COUNTED_EVENTS: Final = """
CREATE TEMP VIEW counted_events AS
SELECT user_id, object_id, action, ts, NULL::TIMESTAMPTZ AS returned_at
FROM events ANTI JOIN orders_and_returns USING (user_id, object_id, action)
WHERE ts < make_timestamptz({before})
UNION ALL
SELECT user_id, object_id, action, ts, returned_at FROM orders_and_returns
"""


def view_counted_events(
    connection: duckdb.DuckDBPyConnection, events: ds.Dataset, *, before: EpochSeconds
) -> None:
    """Create the view `counted_events`: the columns of `COUNTED`, and `returned_at`.

    That is since when an event does not count, as is known at `before`: null for one that counts, and of a
    return its own time.

    Args:
        connection: Gets the view.
        events: Clean events; an order that is not among them cannot be taken back.
        before: Only events earlier than this are in the view.
    """
    connection.register("events", events)
    connection.register("orders_and_returns", orders_and_returns(events, before=before))
    connection.execute(_COUNTED_EVENTS.format(before=to_micros(before)))


def read_counted_events(events: ds.Dataset, *, before: EpochSeconds) -> pa.Table:
    """Return the events that count (`COUNTED`), in any order.

    Args:
        events: Clean events; an order that is not among them cannot be taken back.
        before: Only events earlier than this are returned, and only returns earlier than this are known.
    """
    with duckdb.connect() as connection:
        view_counted_events(connection, events, before=before)
        counted = "SELECT * EXCLUDE returned_at FROM counted_events WHERE returned_at IS NULL"
        return connection.sql(counted).to_arrow_table().cast(COUNTED)
