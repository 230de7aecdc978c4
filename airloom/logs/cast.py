"""Casts rows to the columns and types of a table, by the conversions that lose nothing and guess nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from airloom.errors import AirloomError
from airloom.logs.contract import Table
from airloom.logs.conversions import Refusal, refusal, refusal_of_values


def cast_to_table(rows: pa.Table, table: Table, *, where: str | None = None) -> pa.Table:
    """Return `rows` with the table's columns and types.

    Absent optional columns become null, columns that the table does not have are dropped. Text is taken as it
    is: `airloom.logs.text_faults` checks that it is UTF-8.

    Args:
        rows: The rows to cast.
        table: The table whose columns and types are wanted.
        where: What to call the rows in an error, such as their file.

    Raises:
        AirloomError: A required column is absent, or a column cannot be converted.
    """
    where = where or f"A table for {table.name}"
    require_columns(rows.column_names, table, where=where)
    columns = []
    for field in table.schema:
        if field.name not in rows.column_names:
            columns.append(pa.nulls(rows.num_rows, field.type))
            continue
        column = rows.column(field.name)
        refused = refusal(column, field.type)
        if refused:
            raise _not_converted(where, field, column.type, refused)
        options = pc.CastOptions.safe(field.type)
        options.allow_invalid_utf8 = True
        try:
            columns.append(column.cast(options=options))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            refused = refusal_of_values(column.type, field.type)
            # not from Arrow's error: it may hold a value, and a value may be a user's id
            raise _not_converted(where, field, column.type, refused) from None
    return pa.table(columns, schema=table.stored_schema)


def require_columns(names: Sequence[str], table: Table, *, where: str) -> None:
    """Check that every required column of `table` is among `names`, and none of its columns twice.

    Raises:
        AirloomError: A required column is missing, or there are two of one name.
    """
    missing = [name for name in table.required if name not in names]
    if missing:
        raise AirloomError(
            f"{where} has no column {', '.join(missing)} (it has {', '.join(names)})",
            do=f"Deliver the table {table.name} with every required column: {', '.join(table.required)}",
        )
    twice = [name for name in table.schema.names if list(names).count(name) > 1]
    if twice:
        raise AirloomError(f"{where} has two columns {twice[0]}", do="Deliver only one of them")


def _not_converted(where: str, field: pa.Field, dtype: pa.DataType, refused: Refusal) -> AirloomError:
    return AirloomError(
        f"{where}: column {field.name} is {dtype} and cannot be read as {field.type} ({refused.reason})",
        do=refused.do,
    )
