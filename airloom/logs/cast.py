"""Casts delivered rows to the columns and types of a table, without loss."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from airloom.errors import AirloomError
from airloom.logs.contract import Table


def cast_to_table(rows: pa.Table, table: Table, *, where: str | None = None) -> pa.Table:
    """Return `rows` with the table's columns and types.

    Absent optional columns become null, columns that the table does not have are dropped.

    Args:
        rows: The rows to cast.
        table: The table whose columns and types are wanted.
        where: What to call the rows in an error, such as their file.

    Raises:
        AirloomError: A required column is absent, or a column cannot be cast without loss.
    """
    where = where or f"A table for {table.name}"
    require_columns(rows.column_names, table, where=where)
    columns = []
    for field in table.schema:
        if field.name not in rows.column_names:
            columns.append(pa.nulls(rows.num_rows, field.type))
            continue
        column = rows.column(field.name)
        try:
            columns.append(column.cast(field.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise AirloomError(
                f"{where}: column {field.name} is {column.type} and cannot be read as {field.type} ({error})",
                do=f"Deliver {field.name} as {field.type}",
            ) from error
    return pa.table(columns, schema=table.stored_schema)


def require_columns(names: Sequence[str], table: Table, *, where: str) -> None:
    """Check that every required column of `table` is among `names`.

    Raises:
        AirloomError: A required column is missing.
    """
    missing = [name for name in table.required if name not in names]
    if missing:
        raise AirloomError(
            f"{where} has no column {', '.join(missing)} (it has {', '.join(names)})",
            do=f"Deliver the table {table.name} with every required column: {', '.join(table.required)}",
        )
