from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pytest

from airloom.logs.contract import EVENTS
from airloom.logs.returns import count_returned, orders_and_returns, returned_pieces
from airloom.timestamps import seconds_of

START = datetime(2026, 3, 1, tzinfo=UTC)


def events(*rows: tuple[float, int | None] | tuple[float, int | None, dict[str, Any]]) -> pa.Table:
    """Return orders of one user and product: hour and number of pieces, and what differs."""
    lines = [
        {
            "user_id": "u",
            "ts": START + timedelta(hours=hour),
            "domain": "commerce",
            "action": "order",
            "object_id": "p",
            "quantity": quantity,
            "request_id": "r",
        }
        | (changes[0] if changes else {})
        for hour, quantity, *changes in rows
    ]
    return pa.Table.from_pylist(lines, schema=EVENTS.stored_schema)


def hours(table: pa.Table, column: str = "ts") -> list[float]:
    return sorted((ts - START) / timedelta(hours=1) for ts in table[column].to_pylist())


def kept(table: pa.Table) -> list[float]:
    known = orders_and_returns(ds.dataset(table), before=seconds_of(START + timedelta(days=1)))
    return hours(known.filter(pc.field("returned_at").is_null()))


CASES: list[tuple[list[Any], list[float]]] = [
    ([(1, 1), (5, -1)], []),
    ([(1, None), (5, -1)], []),
    ([(1, 3), (5, -1)], [1.0]),
    ([(1, 3), (5, -1), (6, -2)], []),
    ([(1, 1), (2, 1), (5, -1)], [1.0]),
    ([(1, 1), (5, -1), (6, 1)], [6.0]),
    ([(1, 2), (2, 1), (5, -1)], [1.0]),
    ([(1, 1), (5, -9)], []),
    ([(5, -1)], []),
    ([(5, -1), (6, 1)], [6.0]),
    ([(1, 1), (1, -1)], []),
    ([(1, 1), (1, 1), (5, -1)], [1.0]),
    ([(1, 1), (1, 1), (5, -2)], []),
    ([(1, 2), (1, 1), (5, -1), (6, -1)], [1.0]),
    ([(1, 1), (1, 1, {"request_id": "another"}), (5, -1)], [1.0]),
    ([(1, 1), (5, -1, {"request_id": "another"})], [1.0]),
    ([(1, 1, {"request_id": None}), (5, -1, {"request_id": None})], []),
    ([(1, 1), (30, -1), (3, 1), (4, -1)], [1.0]),
]


@pytest.mark.parametrize(("rows", "expected"), CASES)
def test_a_return_takes_back_the_latest_order_of_which_nothing_is_left(
    rows: list[Any], expected: list[float]
) -> None:
    assert kept(events(*rows)) == expected


@pytest.mark.parametrize("another", ["user_id", "object_id"])
def test_orders_of_other_users_and_products_are_not_given(another: str) -> None:
    table = events((1, 1), (2, 1), (5, -1), (3, 1, {another: "another"}), (2, 1, {"action": "click"}))
    known = orders_and_returns(ds.dataset(table), before=seconds_of(START + timedelta(days=1)))
    assert (
        known.select(["user_id", "object_id", "action"]).to_pylist()
        == [{"user_id": "u", "object_id": "p", "action": "order"}] * 3
    )
    moments = [ts and (ts - START) / timedelta(hours=1) for ts in known["returned_at"].to_pylist()]
    assert moments == [None, 5.0, 5.0]


def test_a_return_is_matched_with_each_order_that_it_takes_pieces_of() -> None:
    table = events((1, 3), (2, 1), (5, -3, {"unit_price": 20.0, "currency": "EUR"}), (6, -9))
    matched = returned_pieces(ds.dataset(table), before=seconds_of(START + timedelta(days=1)))
    assert matched.select(["request_id", "pieces", "is_whole", "unit_price", "currency"]).to_pylist() == [
        {"request_id": "r", "pieces": 1, "is_whole": True, "unit_price": 20.0, "currency": "EUR"},
        {"request_id": "r", "pieces": 2, "is_whole": False, "unit_price": 20.0, "currency": "EUR"},
        {"request_id": "r", "pieces": 1, "is_whole": True, "unit_price": None, "currency": None},
    ]
    assert hours(matched) == [1.0, 1.0, 2.0]
    assert hours(matched, "returned_at") == [5.0, 5.0, 6.0]


@pytest.mark.parametrize(
    ("rows", "counted"),
    [
        ([(1, 3)], (0, 0)),
        ([(1, 3), (5, -1)], (1, 0)),
        ([(1, 1), (5, -3)], (3, 2)),
        ([(1, 2), (5, -2, {"request_id": "credit note"})], (2, 2)),
        ([(5, -1), (6, 1)], (1, 1)),
    ],
)
def test_pieces_that_nobody_had_ordered_are_counted(rows: list[Any], counted: tuple[int, int]) -> None:
    table = ds.dataset(events(*rows))
    assert count_returned(table, before=seconds_of(START + timedelta(days=1))) == counted
