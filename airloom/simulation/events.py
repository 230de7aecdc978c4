"""Rows of the events table, built from arrays."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.logs.contract import COMMERCE, CONTENT, CONTENT_ACTIONS, EVENTS, ORDER, TIMESTAMP

CURRENCY = "USD"


def user_ids(numbers: NDArray[np.int64]) -> pa.Array:
    """The ids of shoppers by number, as they stand in every table."""
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width=7, padding="0")
    return pc.binary_join_element_wise("u", digits, "")


def midnight(day: date) -> int:
    """Microseconds from 1970 to the beginning of a day, UTC."""
    return int(np.datetime64(day, "us").astype(np.int64))


def event_rows(
    action: str,
    *,
    users: NDArray[np.int64],
    times: NDArray[np.int64],
    objects: pa.Array,
    dwells: NDArray[np.float64] | None = None,
    quantities: NDArray[np.int64] | None = None,
    prices: NDArray[np.float64] | None = None,
) -> pa.Table:
    """Events of one action, not from a served page.

    Args:
        action: One of the contract.
        users: int64 [N], numbers of shoppers.
        times: int64 [N], microseconds since 1970.
        objects: N object ids.
        dwells: float64 [N], seconds, of views.
        quantities: int64 [N], of orders.
        prices: float64 [N], USD, of orders.
    """
    count = len(users)
    domain = CONTENT if action in CONTENT_ACTIONS else COMMERCE

    def optional(values: NDArray[np.generic] | None, kind: pa.DataType) -> pa.Array:
        return pa.nulls(count, kind) if values is None else pa.array(values, kind)

    return pa.table(
        {
            "user_id": user_ids(users),
            "ts": pa.array(times).cast(TIMESTAMP),
            "domain": pa.repeat(domain, count),
            "action": pa.repeat(action, count),
            "object_id": objects,
            "dwell_s": optional(dwells, pa.float64()),
            "quantity": optional(quantities, pa.int64()),
            "unit_price": optional(prices, pa.float64()),
            "currency": pa.repeat(CURRENCY, count) if action == ORDER else pa.nulls(count, pa.string()),
            "request_id": pa.nulls(count, pa.string()),
        },
        schema=EVENTS.stored_schema,
    )
