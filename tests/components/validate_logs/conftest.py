"""One small day of clean logs, which each test spoils in its own way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airloom.logs.contract import EVENTS, OBJECTS, USERS, Table
from airloom.logs.lake import Lake

DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

OBJECT_ROWS = [
    {"object_id": "v1", "domain": "content", "title": "cat video"},
    {"object_id": "p1", "domain": "commerce", "title": "cat bed", "price": 29.5, "currency": "EUR"},
]
USER_ROWS = [{"user_id": f"u{number}"} for number in range(10)]


Deliver = Callable[..., None]
MakeRow = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def event() -> MakeRow:
    """A clean view, the number-th of the day, with changes."""

    def make(number: int, **changes: Any) -> dict[str, Any]:
        row = {
            "user_id": f"u{number % 10}",
            "ts": NOON + timedelta(seconds=number),
            "domain": "content",
            "action": "view",
            "object_id": "v1",
        }
        return row | changes

    return make


@pytest.fixture(scope="session")
def order(event: MakeRow) -> MakeRow:
    """A clean order, the number-th event of the day, with changes."""

    def make(number: int, **changes: Any) -> dict[str, Any]:
        bought = {"domain": "commerce", "action": "order", "object_id": "p1", "quantity": 1}
        return event(number, **bought, unit_price=29.5, currency="EUR") | changes

    return make


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def deliver(lake: Lake) -> Deliver:
    """Land rows of a table, the way a platform would: as plain Parquet files."""

    def land(table: Table, rows: list[Mapping[str, Any]], *, day: date = DAY, file: str = "a") -> None:
        target = lake.path("landing", table.name, f"dt={day}", f"{file}.parquet")
        target.parent.mkdir(parents=True, exist_ok=True)
        columns = {name for row in rows for name in row} or set(table.schema.names)
        schema = pa.schema([table.stored_schema.field(n) for n in table.schema.names if n in columns])
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), target)

    return land


@pytest.fixture
def landed(lake: Lake, deliver: Deliver, event: MakeRow, order: MakeRow) -> Lake:
    """A lake in which objects, users and 200 clean events of one day have landed."""
    deliver(OBJECTS, OBJECT_ROWS)
    deliver(USERS, USER_ROWS)
    deliver(EVENTS, [event(n) if n % 10 else order(n) for n in range(200)])
    return lake
