"""A database for one question to files: what it holds in memory is bounded, the rest goes to the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Final

import duckdb

MEMORY: Final = "512MB"
"""What it may hold in memory; beyond it the database writes to a temporary folder."""


@contextmanager
def bounded_database() -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield an empty database that is deleted afterwards."""
    with (
        TemporaryDirectory() as spill,
        duckdb.connect(config={"memory_limit": MEMORY, "threads": 2, "temp_directory": spill}) as database,
    ):
        yield database
