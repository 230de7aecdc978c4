"""The log contract: names, columns and values of the tables that Airloom reads, written here only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import pyarrow as pa

CONTENT: Final = "content"
COMMERCE: Final = "commerce"
DOMAINS: Final = (CONTENT, COMMERCE)

VIEW: Final = "view"
LIKE: Final = "like"
CLICK: Final = "click"
CART: Final = "cart"
ORDER: Final = "order"
CONTENT_ACTIONS: Final = (VIEW, LIKE)
COMMERCE_ACTIONS: Final = (CLICK, CART, ORDER)
ACTIONS: Final = CONTENT_ACTIONS + COMMERCE_ACTIONS

NAME_AND_VALUE: Final = r"\s*[^=\s][^=]*=\s*\S(.|\n)*"
"""How an attribute of an object is written: `color=black`."""

TIMESTAMP: Final = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Table:
    """A table of the lake, partitioned by day (`dt=YYYY-MM-DD`).

    Attributes:
        name: Its folder below the lake's root.
        schema: Its columns; a column is required where the field is not nullable.
        sort_by: The order of its rows within a day, complete enough that a rewrite is byte-identical.
    """

    name: str
    schema: pa.Schema
    sort_by: tuple[str, ...]

    @property
    def required(self) -> tuple[str, ...]:
        """Return the names of the columns that may not be missing or null."""
        return tuple(field.name for field in self.schema if not field.nullable)

    @property
    def stored_schema(self) -> pa.Schema:
        """Return the schema as written to Parquet: every column is nullable, validation enforces the rest."""
        return pa.schema([field.with_nullable(nullable=True) for field in self.schema])

    def only(self, columns: Sequence[str]) -> Table:
        """Return the same table with only some of its columns, in the order given.

        >>> USERS.only(["user_id"]).schema.names
        ['user_id']
        """
        return replace(self, schema=pa.schema([self.schema.field(name) for name in columns]))


def _required(name: str, dtype: pa.DataType) -> pa.Field:
    return pa.field(name, dtype, nullable=False)


EVENTS: Final = Table(
    "events",
    pa.schema(
        [
            _required("user_id", pa.string()),
            _required("ts", TIMESTAMP),
            _required("domain", pa.string()),
            _required("action", pa.string()),
            _required("object_id", pa.string()),
            pa.field("dwell_s", pa.float64()),
            pa.field("quantity", pa.int64()),
            pa.field("unit_price", pa.float64()),
            pa.field("currency", pa.string()),
            pa.field("request_id", pa.string()),
            pa.field("event_id", pa.string()),
        ]
    ),
    sort_by=("ts", "user_id", "action", "object_id", "request_id", "event_id", "quantity"),
)

OBJECTS: Final = Table(
    "objects",
    pa.schema(
        [
            _required("object_id", pa.string()),
            _required("domain", pa.string()),
            _required("title", pa.string()),
            pa.field("description", pa.string()),
            pa.field("category_path", pa.list_(pa.string())),
            pa.field("brand", pa.string()),
            pa.field("attributes", pa.list_(pa.string())),
            pa.field("price", pa.float64()),
            pa.field("currency", pa.string()),
            pa.field("stock", pa.int64()),
            pa.field("published_at", TIMESTAMP),
            pa.field("retired_at", TIMESTAMP),
        ]
    ),
    sort_by=("object_id",),
)

USERS: Final = Table(
    "users",
    pa.schema(
        [
            _required("user_id", pa.string()),
            pa.field("profile_bucket", pa.string()),
            pa.field("attributes", pa.string()),
        ]
    ),
    sort_by=("user_id",),
)

EXPOSURES: Final = Table(
    "exposures",
    pa.schema(
        [
            _required("request_id", pa.string()),
            _required("ts", TIMESTAMP),
            _required("user_id", pa.string()),
            _required("experiment", pa.string()),
            _required("variant", pa.string()),
            _required("position", pa.int64()),
            _required("object_id", pa.string()),
            _required("score", pa.float64()),
            _required("model_version", pa.string()),
            _required("snapshot_digest", pa.string()),
            pa.field("degraded", pa.list_(pa.string())),
            pa.field("surface", pa.string()),
        ]
    ),
    sort_by=("ts", "request_id", "position"),
)

ASK: Final = "ask"
"""Surface of an exposure that answers a request in words."""
PAGE: Final = "page"
"""Surface of exposures that name none: those of ranked pages."""

LOG_TABLES: Final = (OBJECTS, USERS, EVENTS, EXPOSURES)
"""The tables a platform delivers, in the order of validation: events refer to objects."""
