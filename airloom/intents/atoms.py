"""Atoms: the events that a reasoner reads once, whoever caused them."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple

import duckdb
import pyarrow as pa

from airloom.logs.changes import latest_rows
from airloom.logs.contract import CONTENT, EVENTS, LIKE, OBJECTS, VIEW
from airloom.logs.lake import Lake

ANY_PROFILE: Final = "*"
"""The profile bucket of an atom that holds for every user."""

ATOM_SCHEMA: Final = pa.schema(
    [
        ("atom_id", pa.string()),
        ("action", pa.string()),
        ("object_id", pa.string()),
        ("profile_bucket", pa.string()),
        ("title", pa.string()),
    ]
)


class Atom(NamedTuple):
    """The key of one intent: somebody did `action` to `object_id`.

    Attributes:
        action: An action of the content domain.
        object_id: The content item.
        profile_bucket: A coarse group of users, or `ANY_PROFILE`.
    """

    action: str
    object_id: str
    profile_bucket: str = ANY_PROFILE

    @property
    def atom_id(self) -> str:
        """16 hexadecimal digits that depend on nothing but the key."""
        return hashlib.sha256("\0".join(self).encode()).hexdigest()[:16]


def atoms_of(lake: Lake, *, day: date) -> pa.Table:
    """Every atom known at the end of `day`, with the title to read; columns `ATOM_SCHEMA`, sorted by atom_id.

    These are the pairs (view or like, content item) that occur in the events so far, and a view of every
    published content item, so that a new item has its intents before anybody sees it. Items without a
    title say nothing and have no atom.
    """
    midnight = datetime.combine(day + timedelta(days=1), time(), UTC)
    with duckdb.connect() as connection:
        connection.register("content", latest_rows(lake, OBJECTS, as_of=day))
        connection.register("events", lake.dataset(EVENTS, until=day))
        pairs: pa.Table = connection.sql(
            """
            WITH readable AS (
                SELECT object_id, title, published_at FROM content
                WHERE domain = $content AND trim(title) <> ''
            ), seen AS (
                SELECT DISTINCT action, object_id FROM events
                WHERE domain = $content AND action IN ($view, $like)
                UNION
                SELECT $view, object_id FROM readable
                WHERE published_at IS NULL OR published_at < $midnight
            )
            SELECT action, object_id, title FROM seen JOIN readable USING (object_id)
            """,
            params={"content": CONTENT, "view": VIEW, "like": LIKE, "midnight": midnight},
        ).to_arrow_table()
    keys = zip(pairs["action"].to_pylist(), pairs["object_id"].to_pylist(), strict=True)
    ids = [Atom(action, object_id).atom_id for action, object_id in keys]
    buckets = pa.repeat(ANY_PROFILE, pairs.num_rows)
    columns = [pa.array(ids, pa.string()), pairs["action"], pairs["object_id"], buckets, pairs["title"]]
    return pa.table(columns, schema=ATOM_SCHEMA).sort_by("atom_id")
