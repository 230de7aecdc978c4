"""Check columns: what a rule needs to know about a landed row and cannot see in the row itself."""

from __future__ import annotations

from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from airloom.logs.contract import (
    COMMERCE,
    COMMERCE_ACTIONS,
    CONTENT,
    CONTENT_ACTIONS,
    EVENTS,
    EXPOSURES,
    ORDER,
    Table,
)
from airloom.logs.landed import FILE, ROW
from airloom.logs.limits import MAX_ID_LENGTH
from airloom.logs.text_faults import NOT_UTF8, SEPARATOR
from airloom.timestamps import MICROS_PER_DAY

EXPOSURE_KEY: Final = ("request_id", "user_id", "ts", "position")
"""The columns that identify an exposure: a request of a user at a time is a page, as ids are used again."""

SHOWS_ANOTHER: Final = "shows_another_object_there"
DAYS_FROM_DT: Final = "days_from_dt"
OBJECT_DOMAIN: Final = "domain_of_the_object"
ACTION_DOMAIN: Final = "domain_of_the_action"
USER_KNOWN: Final = "user_is_known"
RETURNS_NO_ORDER: Final = "returns_no_order"

_DOMAIN_OF_ACTION: Final = (
    f"CASE WHEN action IN {CONTENT_ACTIONS} THEN '{CONTENT}' "
    f"WHEN action IN {COMMERCE_ACTIONS} THEN '{COMMERCE}' END"
)
_USER_KNOWN: Final = (
    "CASE WHEN landed.user_id IS NOT NULL AND landed.dt >= (SELECT min(dt) FROM users) "
    "THEN users.user_id IS NOT NULL END"
)
_OBJECTS: Final = (
    "LEFT JOIN objects ON objects.object_id = landed.object_id AND objects.since <= landed.dt "
    "AND (objects.until IS NULL OR landed.dt < objects.until) "
)


def is_utf8(column: str) -> str:
    """Return the name of the check column that says whether the text of `column` is UTF-8."""
    return f"{column}_is_utf8"


def is_whole(column: str) -> str:
    """Return the name of the check column that says whether the list in `column` has no null."""
    return f"{column}_is_whole"


def has_length(column: str) -> str:
    """Return the name of the check column that says whether the id in `column` has a length within bounds."""
    return f"{column}_has_length"


def is_nan(column: str) -> str:
    """Return the name of the check column that says whether the number in `column` is NaN."""
    return f"{column}_is_nan"


def text_columns(table: Table) -> list[str]:
    """Return the names of the columns with text, or lists of text."""
    return [
        field.name for field in table.schema if pa.types.is_string(field.type) or pa.types.is_list(field.type)
    ]


def list_columns(table: Table) -> list[str]:
    """Return the names of the columns with lists."""
    return [field.name for field in table.schema if pa.types.is_list(field.type)]


def id_columns(table: Table) -> list[str]:
    """Return the names of the columns with ids."""
    return [field.name for field in table.schema if field.name.endswith("_id")]


def number_columns(table: Table) -> list[str]:
    """Return the names of the optional columns with fractions; a required one that is NaN counts as null."""
    return [field.name for field in table.schema if field.nullable and pa.types.is_floating(field.type)]


def with_checks(landed: pa.Table, table: Table, *, objects: pa.Table, users: pa.Table) -> pa.Table:
    """Return `landed` with the check columns that the rules of `table` need; rows and their order stay.

    Args:
        landed: Rows with their origin.
        table: The table of the rows.
        objects: `object_id`, `domain`, and from which day on (`since`) to before which (`until`) it had it.
        users: `user_id` and first day (`dt`) of every such user; before the first of these days (and where no
            users are delivered at all) it is null whether a user is known.
    """
    columns = _columns_of_values(table)
    joins = ""
    if "ts" in table.schema.names:
        columns.append(
            f"epoch_us(ts) // {MICROS_PER_DAY} - (landed.dt - DATE '1970-01-01') AS {DAYS_FROM_DT}"
        )
    if table in (EVENTS, EXPOSURES):
        columns.append(f"objects.domain AS {OBJECT_DOMAIN}")
        joins += _OBJECTS
    if table == EXPOSURES:
        key = ", ".join(("landed.dt", *(f"landed.{column}" for column in EXPOSURE_KEY)))
        columns.append(
            f"first_value(landed.object_id) OVER (PARTITION BY {key} ORDER BY row_index) "
            f"IS DISTINCT FROM landed.object_id AS {SHOWS_ANOTHER}"
        )
    if table == EVENTS:
        columns.append(f"{_DOMAIN_OF_ACTION} AS {ACTION_DOMAIN}")
        columns.append(f"{_USER_KNOWN} AS {USER_KNOWN}")
        columns.append(f"coalesce(quantity < 0 AND action <> '{ORDER}', false) AS {RETURNS_NO_ORDER}")
        joins += "LEFT JOIN users ON users.user_id = landed.user_id AND users.dt <= landed.dt "
    row_index = pa.array(np.arange(landed.num_rows))
    connection = duckdb.connect()
    connection.register("landed", landed.drop_columns([FILE, ROW]).append_column("row_index", row_index))
    connection.register("objects", objects)
    connection.register("users", users)
    query = f"SELECT {', '.join(columns)} FROM landed {joins} ORDER BY row_index"  # noqa: S608 - names of ours
    checks = connection.sql(query).to_arrow_table()
    for name in checks.column_names:
        landed = landed.append_column(name, checks[name])
    return landed


def _columns_of_values(table: Table) -> list[str]:
    """Return the check columns that look at a single value, as SQL."""
    names = f"concat('{SEPARATOR}', {NOT_UTF8}, '{SEPARATOR}')"
    return [
        *(
            f"{NOT_UTF8} IS NULL OR NOT contains({names}, '{SEPARATOR}{name}{SEPARATOR}') AS {is_utf8(name)}"
            for name in text_columns(table)
        ),
        *(
            f"coalesce(len(landed.{name}) = list_count(landed.{name}), true) AS {is_whole(name)}"
            for name in list_columns(table)
        ),
        *(
            f"coalesce(length(landed.{name}) BETWEEN 1 AND {MAX_ID_LENGTH}, true) AS {has_length(name)}"
            for name in id_columns(table)
        ),
        *(f"coalesce(isnan(landed.{name}), false) AS {is_nan(name)}" for name in number_columns(table)),
    ]
