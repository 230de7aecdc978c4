"""Views and purchases as rows of the events table."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.logs.contract import (
    CART,
    CLICK,
    COMMERCE,
    CONTENT,
    CONTENT_ACTIONS,
    EVENTS,
    LIKE,
    ORDER,
    TIMESTAMP,
    VIEW,
)
from airloom.simulation.catalogue import SampleCatalogue
from airloom.simulation.shopping import Purchases
from airloom.simulation.watching import Views
from airloom.timestamps import start_of, to_micros

CURRENCY = "USD"


def user_ids(numbers: NDArray[np.int64]) -> pa.Array:
    """Return the ids of shoppers by number, as every table has them."""
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width=7, padding="0")
    return pc.binary_join_element_wise("u", digits, "")


def watched_rows(views: Views, *, day: date, first: int, catalogue: SampleCatalogue) -> pa.Table:
    """Return the views and likes of the block of shoppers that begins with number `first`."""
    users = first + views.users
    videos = pa.array(catalogue.content_ids).take(pa.array(views.content))
    liked = views.liked_at >= 0
    return pa.concat_tables(
        [
            _rows(
                VIEW,
                users=users,
                times=to_micros(start_of(day)) + views.times,
                objects=videos,
                dwells=views.dwells,
            ),
            _rows(
                LIKE,
                users=users[liked],
                times=to_micros(start_of(day)) + views.liked_at[liked],
                objects=videos.filter(pa.array(liked)),
            ),
        ]
    )


def shopped_rows(purchases: Purchases, *, day: date, first: int, catalogue: SampleCatalogue) -> pa.Table:
    """Return the clicks, carts and orders of the block of shoppers that begins with number `first`."""
    products = pa.array(catalogue.product_ids)
    steps = ((CLICK, purchases.clicked), (CART, purchases.carted), (ORDER, purchases.ordered))
    tables = []
    for action, times in steps:
        done = times >= 0
        rows = purchases.products[done]
        paid = action == ORDER
        tables.append(
            _rows(
                action,
                users=first + purchases.users[done],
                times=to_micros(start_of(day)) + times[done],
                objects=products.take(pa.array(rows)),
                quantities=purchases.quantities[done] if paid else None,
                prices=catalogue.prices[rows] if paid else None,
            )
        )
    return pa.concat_tables(tables)


def _rows(
    action: str,
    *,
    users: NDArray[np.int64],
    times: NDArray[np.int64],
    objects: pa.Array,
    dwells: NDArray[np.float64] | None = None,
    quantities: NDArray[np.int64] | None = None,
    prices: NDArray[np.float64] | None = None,
) -> pa.Table:
    """Return events of one action that are not from a served page.

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
            "event_id": pa.nulls(count, pa.string()),
        },
        schema=EVENTS.stored_schema,
    )
