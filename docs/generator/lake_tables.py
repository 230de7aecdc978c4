"""The tables of a lake: columns, types, and which of them are required."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from airloom.logs.contract import Table
from docs.generator.table import code, table


def tables_reference(tables: Iterable[Table]) -> str:
    """Return one section for each table."""
    return "\n".join(map(_section, tables))


def _section(described: Table) -> str:
    columns = [[code(field.name), _type_name(field.type), _required(field)] for field in described.schema]
    path = f"<lake>/{described.name}/dt=YYYY-MM-DD/part-0.parquet"
    return f"### `{described.name}`\n\n`{path}`, sorted by {', '.join(described.sort_by)}.\n\n" + table(
        ["Column", "Type", "Required"], columns
    )


def _type_name(dtype: pa.DataType) -> str:
    if pa.types.is_list(dtype):
        return f"list of {_type_name(dtype.value_type)}"
    if pa.types.is_timestamp(dtype):
        return f"timestamp, {dtype.unit}, {dtype.tz}"
    return str(dtype)


def _required(field: pa.Field) -> str:
    return "" if field.nullable else "yes"
