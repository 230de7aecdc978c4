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
    OBJECTS,
    USERS,
    Table,
)
from airloom.logs.landed import FILE, ROW
from airloom.timestamps import MICROS_PER_DAY

KEYS: Final = {
    OBJECTS.name: ("object_id",),
    USERS.name: ("user_id",),
    EVENTS.name: ("user_id", "ts", "action", "object_id"),
    EXPOSURES.name: ("request_id", "position"),
}
"""The columns that identify a row within a day."""

PRICES: Final = {OBJECTS.name: "price", EVENTS.name: "unit_price"}

EARLIER: Final = "earlier_rows_with_the_same_key"
DAYS_FROM_DT: Final = "days_from_dt"
OBJECT_DOMAIN: Final = "domain_of_the_object"
ACTION_DOMAIN: Final = "domain_of_the_action"
USER_KNOWN: Final = "user_is_known"
NAN: Final = "is_nan"

_DOMAIN_OF_ACTION: Final = (
    f"CASE WHEN action IN {CONTENT_ACTIONS} THEN '{CONTENT}' "
    f"WHEN action IN {COMMERCE_ACTIONS} THEN '{COMMERCE}' END"
)
_USER_KNOWN: Final = (
    "CASE WHEN landed.user_id IS NOT NULL AND landed.dt >= (SELECT min(dt) FROM users) "
    "THEN users.user_id IS NOT NULL END"
)


def with_checks(landed: pa.Table, table: Table, *, objects: pa.Table, users: pa.Table) -> pa.Table:
    """Return `landed` with the check columns that the rules of `table` need; rows and their order stay.

    Args:
        landed: Rows with their origin.
        table: The table of the rows.
        objects: `object_id`, `domain` and first day (`dt`) of every object that was ever delivered.
        users: `user_id` and first day (`dt`) of every such user; before the first of these days (and where no
            users are delivered at all) it is null whether a user is known.
    """
    keys = ", ".join(("landed.dt", *(f"landed.{key}" for key in KEYS[table.name])))
    columns = [f"row_number() OVER (PARTITION BY {keys} ORDER BY row_index) - 1 AS {EARLIER}"]
    joins = ""
    if "ts" in table.schema.names:
        columns.append(
            f"epoch_us(ts) // {MICROS_PER_DAY} - (landed.dt - DATE '1970-01-01') AS {DAYS_FROM_DT}"
        )
    if table.name in PRICES:
        columns.append(f"coalesce(isnan({PRICES[table.name]}), false) AS {NAN}")
    if table in (EVENTS, EXPOSURES):
        columns.append(f"objects.domain AS {OBJECT_DOMAIN}")
        joins += "LEFT JOIN objects ON objects.object_id = landed.object_id AND objects.dt <= landed.dt "
    if table == EVENTS:
        columns.append(f"{_DOMAIN_OF_ACTION} AS {ACTION_DOMAIN}")
        columns.append(f"{_USER_KNOWN} AS {USER_KNOWN}")
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
