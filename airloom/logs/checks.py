"""Check columns: what a rule needs to know about a landed row and cannot see in the row itself."""

from __future__ import annotations

from enum import StrEnum
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
    NAME_AND_VALUE,
    OBJECTS,
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
VALUE_FAULTS: Final = "value_faults"

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


class ValueFault(StrEnum):
    """What can be wrong with a single value, whatever the column."""

    NOT_UTF8 = "not_utf8"
    NULL_IN_LIST = "null_in_list"
    LENGTH = "length"
    NAN = "nan"
    NO_NAME_AND_VALUE = "no_name_and_value"
    RETURNS_NO_ORDER = "returns_no_order"

    def of(self, column: str) -> str:
        """Return what stands for this fault of a column in the check column `VALUE_FAULTS`."""
        return f"{self.value}:{column}"


def value_faults(table: Table) -> list[tuple[ValueFault, str]]:
    """Return the faults that values of the table can have, each with its column."""
    fields = list(table.schema)
    texts = [field.name for field in fields if pa.types.is_string(field.type) or pa.types.is_list(field.type)]
    lists = [field.name for field in fields if pa.types.is_list(field.type)]
    ids = [field.name for field in fields if field.name.endswith("_id")]
    # a required number that is NaN counts as null
    numbers = [field.name for field in fields if field.nullable and pa.types.is_floating(field.type)]
    return [
        *((ValueFault.NOT_UTF8, name) for name in texts),
        *((ValueFault.NULL_IN_LIST, name) for name in lists),
        *((ValueFault.LENGTH, name) for name in ids),
        *((ValueFault.NAN, name) for name in numbers),
        *([(ValueFault.NO_NAME_AND_VALUE, "attributes")] if table == OBJECTS else []),
        *([(ValueFault.RETURNS_NO_ORDER, "quantity")] if table == EVENTS else []),
    ]


def with_checks(landed: pa.Table, table: Table, *, objects: pa.Table, users: pa.Table) -> pa.Table:
    """Return `landed` with the check columns that the rules of `table` need; rows and their order stay.

    Args:
        landed: Rows with their origin.
        table: The table of the rows.
        objects: `object_id`, `domain`, and from which day on (`since`) to before which (`until`) it had it.
        users: `user_id` and first day (`dt`) of every such user; before the first of these days (and where no
            users are delivered at all) it is null whether a user is known.
    """
    columns = [f"{_value_faults(table)} AS {VALUE_FAULTS}"]
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


def _value_faults(table: Table) -> str:
    """Return the SQL of the check column `VALUE_FAULTS`: null in most rows, so that rules are cheap."""
    cases = (
        f"CASE WHEN {_CONDITIONS[fault].format(column=f'landed.{name}', name=name)} "
        f"THEN '{fault.of(name)}' END"
        for fault, name in value_faults(table)
    )
    return f"nullif(concat_ws('{SEPARATOR}', {', '.join(cases)}), '')"


_CONDITIONS: Final = {
    ValueFault.NOT_UTF8: f"contains(concat('{SEPARATOR}', {NOT_UTF8}, '{SEPARATOR}'), "
    f"'{SEPARATOR}{{name}}{SEPARATOR}')",
    ValueFault.NULL_IN_LIST: "len({column}) > list_count({column})",
    ValueFault.LENGTH: f"length({{column}}) NOT BETWEEN 1 AND {MAX_ID_LENGTH}",
    ValueFault.NAN: "isnan({column})",
    ValueFault.NO_NAME_AND_VALUE: "len(list_filter({column}, lambda text: NOT regexp_full_match(text, "
    f"'{NAME_AND_VALUE}'))) > 0",
    ValueFault.RETURNS_NO_ORDER: f"{{column}} < 0 AND action <> '{ORDER}'",
}
"""When a value has a fault, as SQL."""
