from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from airloom.logs.contract import EVENTS
from airloom.logs.returns import NO_RETURN, returned_pieces, taken_back, without_taken_back
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


CASES = [
    ([(1, 1), (5, -1)], [1.0]),
    ([(1, None), (5, -1)], [1.0]),
    ([(1, 3), (5, -1)], []),
    ([(1, 3), (5, -1), (6, -2)], [1.0]),
    ([(1, 1), (2, 1), (5, -1)], [2.0]),
    ([(1, 1), (5, -1), (6, 1)], [1.0]),
    ([(1, 2), (2, 1), (5, -1)], [2.0]),
    ([(1, 1), (5, -9)], [1.0]),
    ([(5, -1)], []),
    ([(5, -1), (6, 1)], []),
    ([(1, 1), (1, -1)], [1.0]),
    ([(1, 1), (5, -1, {"request_id": "another"})], []),
    ([(1, 1), (5, -1, {"user_id": "another"})], []),
    ([(1, 1), (5, -1, {"object_id": "another"})], []),
    ([(1, 1, {"request_id": None}), (5, -1, {"request_id": None})], [1.0]),
    ([(1, 1), (30, -1)], []),
]


@pytest.mark.parametrize(("rows", "expected"), CASES)
def test_a_return_takes_back_the_latest_order_of_which_nothing_is_left(
    rows: list[Any], expected: list[float]
) -> None:
    orders = taken_back(ds.dataset(events(*rows)), before=seconds_of(START + timedelta(days=1)))
    assert hours(orders) == expected


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


def test_only_that_order_is_left_out() -> None:
    table = events((1, 1), (2, 1), (5, -1), (2, 1, {"action": "click"}), (2, 1, {"user_id": "another"}))
    orders = taken_back(ds.dataset(table), before=seconds_of(START + timedelta(days=1)))
    assert hours(orders, "returned_at") == [5.0]
    rest = without_taken_back(ds.dataset(table).to_table(filter=NO_RETURN), orders)
    assert sorted(zip(rest["user_id"].to_pylist(), rest["action"].to_pylist(), strict=True)) == [
        ("another", "order"),
        ("u", "click"),
        ("u", "order"),
    ]
