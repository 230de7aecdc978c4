"""Refuses options that have no effect: most are typing errors, and what they were meant to do is not done."""

from __future__ import annotations

from collections.abc import Sequence

from airloom.errors import AirloomError
from airloom.logs.contract import Table
from airloom.logs.import_tables.mapping import ImportMapping, columns_of
from airloom.logs.import_tables.source import SourceFile


def check_used(mapping: ImportMapping, sources: Sequence[tuple[Table, SourceFile]]) -> None:
    """Check that every `--map`, `--set` and `--scale` holds for a column of one of the files.

    Args:
        mapping: The options.
        sources: The files, by the table that they fill.

    Raises:
        AirloomError: One holds for none.
    """
    has = "; ".join(f"{source.file.name} has {', '.join(source.types)}" for _, source in sources)
    for name, columns in mapping.columns.items():
        if not any(
            set(columns) <= set(source.types) and name in columns_of(table) for table, source in sources
        ):
            raise AirloomError(
                f"No file has the columns of --map {name}={'+'.join(columns)} ({has})",
                do="Correct the name of the column",
            )
    imported = {table.name for table, _ in sources}
    for table_name, of_table in mapping.tables.items():
        for name, columns in of_table.columns.items():
            if table_name not in imported:
                raise _without_file(f"--map {table_name}.{name}={'+'.join(columns)}")
    constants = {
        name: value for of_table in mapping.tables.values() for name, value in of_table.constants.items()
    }
    for name, value in constants.items():
        if not any(name in mapping.of(table).constants for table, _ in sources):
            raise _without_file(f"--set {name}={value}")
    factors = {
        name: factor for of_table in mapping.tables.values() for name, factor in of_table.scales.items()
    }
    for name, factor in factors.items():
        if not any(
            name in mapping.of(table).scales
            and set(mapping.sources(table, name, present=source.types)) <= set(source.types)
            for table, source in sources
        ):
            raise AirloomError(
                f"No file has a column for --scale {name}={factor:g} ({has})",
                do=f"Name its column (--map {name}=COLUMN), or leave out --scale",
            )


def _without_file(option: str) -> AirloomError:
    return AirloomError(
        f"{option} is for a table without a file",
        do="Give its file (--events, --objects, --users), or leave it out",
    )
