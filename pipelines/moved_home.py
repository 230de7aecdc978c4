"""A home that was copied or moved: MLflow notes absolute places, which are pointed to the new folder."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Final

from airloom.errors import AirloomError
from pipelines.home import Home

LOCATIONS: Final = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
"""The tables and columns in which MLflow keeps where files lie."""
ARTIFACTS: Final = "/artifacts"
LOCK_TIMEOUT_S: Final = 30.0
"""Seconds to wait for another writer of the database."""


def repoint_models(home: Home) -> None:
    """Let MLflow's database name the files beside it, where they lay in another folder when it was written.

    What is stored elsewhere on purpose stays.

    Raises:
        AirloomError: The database may not be written.
    """
    database = home.root / "mlflow" / "mlflow.db"
    if not database.exists():
        return
    here = database.parent.as_uri()
    try:
        with closing(sqlite3.connect(database, timeout=LOCK_TIMEOUT_S)) as connection:
            former = [folder for folder in _folders(connection) if folder != here]
            for folder in former:
                _replace(connection, folder, here)
            connection.commit()
    except sqlite3.Error as error:
        raise AirloomError(
            f"{database} cannot be pointed to its own files, after the home was copied or moved ({error})",
            do="Give this user the right to write it, and stop whatever else has it open",
        ) from error
    for folder in former:
        print(
            f"{home.root} was copied or moved: its models are no longer read from {folder}", file=sys.stderr
        )


def _folders(connection: sqlite3.Connection) -> list[str]:
    """Return the folders beside whose `mlflow.db` an experiment keeps its files, as ours do."""
    if not _has(connection, "experiments", "artifact_location"):
        return []
    rows = connection.execute("SELECT DISTINCT artifact_location FROM experiments ORDER BY 1").fetchall()
    return [
        location.removesuffix(ARTIFACTS)
        for (location,) in rows
        if location and location.startswith("file:///") and Path(location).name == ARTIFACTS[1:]
    ]


def _replace(connection: sqlite3.Connection, former: str, here: str) -> None:
    for table, column in LOCATIONS:
        if _has(connection, table, column):
            connection.execute(
                f"UPDATE {table} SET {column} = ? || substr({column}, ?) "  # noqa: S608 - constants
                f"WHERE substr({column}, 1, ?) = ?",
                (here, len(former) + 1, len(former) + 1, former + "/"),
            )


def _has(connection: sqlite3.Connection, table: str, column: str) -> bool:
    """Return whether MLflow's version has a column."""
    return column in {name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")}
