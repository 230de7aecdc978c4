from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from airloom.logs.contract import EVENTS, OBJECTS
from airloom.logs.lake import Lake
from airloom.logs.landed import with_origin
from airloom.logs.limits import RESEND_WINDOW
from airloom.logs.quarantine import REASON, quarantine
from airloom.logs.repeats import ID_OF_ANOTHER, SAME_EVENT, SENT_AGAIN, is_replaced, with_repeated_events

DAY = date(2026, 3, 9)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def event(event_id: str | None, *, day: date = DAY, minute: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "user_id": "u",
        "ts": datetime(day.year, day.month, day.day, 12, minute, tzinfo=UTC),
        "domain": "commerce",
        "action": "click",
        "object_id": "p",
        "event_id": event_id,
        "dt": day,
        "file": "a.parquet",
        "row": minute,
    } | changes


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=with_origin(EVENTS))


def reasons(lake: Lake, *rows: dict[str, Any], broken: tuple[int, ...] = ()) -> list[str | None]:
    """Return the reason of each event; the `broken` ones had one before."""
    before = pa.array(["broken" if row in broken else None for row in range(len(rows))], pa.string())
    days = sorted({row["dt"] for row in rows})
    result: list[str | None] = with_repeated_events(lake, days, table(*rows), before).to_pylist()
    return result


def test_an_event_id_counts_once_a_user_and_the_first_time_counts(lake: Lake) -> None:
    rows = [event("e", minute=5), event("e", minute=1), event("f"), event("e", user_id="another")]
    assert reasons(lake, *rows) == [SENT_AGAIN, None, None, None]


def test_an_id_that_is_used_for_something_else_is_a_fault(lake: Lake) -> None:
    rows = [event("e"), event("e", minute=1, object_id="q"), event("f"), event("f", minute=1, action="order")]
    assert reasons(lake, *rows) == [None, ID_OF_ANOTHER, None, ID_OF_ANOTHER]


def test_an_event_is_compared_with_the_clean_one_of_its_id(lake: Lake) -> None:
    click, order = event("e"), event("e", action="order", object_id="q")
    rows = [click, order | {"row": 1}, order | {"row": 2}, click | {"row": 3}]
    assert reasons(lake, *rows) == [None, ID_OF_ANOTHER, ID_OF_ANOTHER, SENT_AGAIN]


@pytest.mark.parametrize("together", [True, False])
def test_a_fault_neither_stands_for_a_later_event_nor_keeps_its_id_taken(lake: Lake, together: bool) -> None:
    rows = [
        event("e", day=DAY),
        event("e", day=DAY + timedelta(days=3), object_id="q"),
        event("e", day=DAY + RESEND_WINDOW, object_id="q"),
        event("e", day=DAY + timedelta(days=9), object_id="q"),
        event("e", day=DAY + timedelta(days=10), object_id="q"),
        event("e", day=DAY + timedelta(days=11)),
    ]
    expected = [None, ID_OF_ANOTHER, ID_OF_ANOTHER, None, SENT_AGAIN, ID_OF_ANOTHER]
    if together:
        assert reasons(lake, *rows) == expected
        return
    for row, reason in zip(rows, expected, strict=True):
        assert reasons(lake, row) == [reason]
        write(lake, row, reason)


def test_a_return_with_the_id_of_its_order_is_another_event(lake: Lake) -> None:
    order = event("e", action="order", quantity=1)
    assert reasons(lake, order, order | {"quantity": -1}, order | {"quantity": 2}) == [
        None,
        ID_OF_ANOTHER,
        SENT_AGAIN,
    ]


def test_a_row_that_breaks_a_rule_stands_for_nothing(lake: Lake) -> None:
    assert reasons(lake, event("e"), event("e", minute=1), broken=(0,)) == ["broken", None]


def test_without_an_id_the_same_row_of_a_day_is_the_same_event(lake: Lake) -> None:
    same = event(None)
    rows = [same, same, event(None, minute=1), event("e"), event(None, day=DAY + timedelta(days=1))]
    assert reasons(lake, *rows) == [None, SAME_EVENT, None, None, None]


def test_a_return_at_the_time_of_its_order_is_another_event(lake: Lake) -> None:
    order = event(None, action="order", quantity=1)
    assert reasons(lake, order, order | {"quantity": -1}, order | {"quantity": None}) == [
        None,
        None,
        SAME_EVENT,
    ]


@pytest.mark.parametrize("together", [True, False])
def test_an_id_comes_again_within_the_window_and_is_new_after_it(lake: Lake, together: bool) -> None:
    """Days validated in one batch and days validated one by one have the same result."""
    days = [DAY, DAY + RESEND_WINDOW, DAY + 2 * RESEND_WINDOW + timedelta(days=1)]
    rows = [event("e", day=day) for day in days]
    expected = [None, SENT_AGAIN, None]
    if together:
        assert reasons(lake, *rows) == expected
        return
    for row, reason in zip(rows, expected, strict=True):
        assert reasons(lake, row) == [reason]
        write(lake, row, reason)


def write(lake: Lake, row: dict[str, Any], reason: str | None) -> None:
    rows = table(row)
    if reason is None:
        lake.write(EVENTS, row["dt"], rows)
    else:
        lake.write(quarantine(EVENTS), row["dt"], rows.append_column(REASON, pa.array([reason])))


def test_a_chain_of_repeats_is_one_event_also_where_days_are_validated_one_by_one(lake: Lake) -> None:
    for number, reason in enumerate([None, SENT_AGAIN, SENT_AGAIN]):
        row = event("e", day=DAY + number * RESEND_WINDOW)
        assert reasons(lake, row) == [reason]
        write(lake, row, reason)


def test_what_was_in_quarantine_for_a_fault_comes_again_as_new(lake: Lake) -> None:
    write(lake, event("e", day=DAY - timedelta(days=1)), "object_id is in no row of objects up to the day")
    assert reasons(lake, event("e")) == [None]


def test_a_day_that_is_validated_again_does_not_repeat_itself(lake: Lake) -> None:
    write(lake, event("e"), None)
    assert reasons(lake, event("e")) == [None]


def test_the_last_valid_row_of_an_object_and_day_is_the_one_that_counts() -> None:
    rows = [
        {"object_id": name, "dt": day, "price": price}
        for name, day, price in (("p", DAY, 1.0), ("q", DAY, 1.0), ("p", DAY, 2.0), ("p", DAY, -1.0),
                                 ("p", DAY + timedelta(days=1), 3.0))
    ]  # fmt: skip
    landed = pa.Table.from_pylist(rows, schema=with_origin(OBJECTS))
    why = pa.array([None, None, None, "price is less than zero", None], pa.string())
    assert np.flatnonzero(is_replaced(OBJECTS, landed, why)).tolist() == [0]
    assert not any(is_replaced(EVENTS, landed, why).to_pylist())
