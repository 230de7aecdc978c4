"""Five rows of every table that a platform delivers, with their types in Parquet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa

from airloom.logs.contract import COMMERCE, CONTENT, EVENTS, OBJECTS, USERS, Table
from docs.generator.table import code, table

Row = Mapping[str, Any]


def _at(hour: int, minute: int) -> datetime:
    return datetime(2026, 3, 2, hour, minute, tzinfo=UTC)


def _product(object_id: str, title: str, path: list[str], price: float, **more: Any) -> Row:
    row = {"object_id": object_id, "domain": COMMERCE, "title": title, "category_path": path}
    return row | {"price": price, "currency": "EUR"} | more


def _event(ts: datetime, domain: str, action: str, object_id: str, **more: Any) -> Row:
    row = {"user_id": "u-7f3a", "ts": ts, "domain": domain, "action": action, "object_id": object_id}
    return row | more


_LINE: Final = {"unit_price": 24.9, "currency": "EUR", "request_id": "r-81"}

EXAMPLES: Final[Mapping[Table, Sequence[Row]]] = {
    OBJECTS: (
        {"object_id": "v1", "domain": CONTENT, "title": "My kitten sleeps anywhere but in its bed"},
        {
            "object_id": "v2",
            "domain": CONTENT,
            "title": "Composting on a balcony",
            "description": "No smell, no worms",
        },
        _product("p1", "Round cat bed, washable", ["Pets", "Cats", "Cat beds"], 24.9),
        _product("p2", "Compost bin, 20 l", ["Garden", "Composting"], 39.0, published_at=_at(0, 0)),
        _product("p3", "Seed brochure", ["Garden", "Seeds"], 0.0),
    ),
    USERS: (
        {"user_id": "u-7f3a", "profile_bucket": "de"},
        {"user_id": "u-91c2", "profile_bucket": "en"},
        {"user_id": "u-0b6d"},
        {"user_id": "u-55e0", "profile_bucket": "de"},
        {"user_id": "u-c418", "attributes": '{"since": 2024}'},
    ),
    EVENTS: (
        _event(_at(8, 15), CONTENT, "view", "v1", dwell_s=41.5),
        _event(_at(8, 16), CONTENT, "like", "v1"),
        _event(_at(19, 2), COMMERCE, "click", "p1"),
        _event(_at(19, 9), COMMERCE, "order", "p1", quantity=2, event_id="e-4711", **_LINE),
        _event(_at(21, 40), COMMERCE, "order", "p1", quantity=-1, event_id="e-4712", **_LINE),
    ),
}
"""Valid rows of one day; the last event is a return of one of the two pieces ordered before."""


def log_examples() -> str:
    """Return a section for every table: its types, then the rows, without columns that no row fills."""
    return "\n".join(_section(described, rows) for described, rows in EXAMPLES.items())


def _section(described: Table, rows: Sequence[Row]) -> str:
    names = [name for name in described.schema.names if any(name in row for row in rows)]
    types = [f"*{described.schema.field(name).type}*" for name in names]
    lines = [[_shown(row.get(name)) for name in names] for row in rows]
    return f"### `{described.name}`\n\n" + table([code(name) for name in names], [types, *lines])


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value)


def example_table(described: Table) -> pa.Table:
    """Return the rows of one table, as a file of them would hold them."""
    return pa.Table.from_pylist([dict(row) for row in EXAMPLES[described]], schema=described.stored_schema)
