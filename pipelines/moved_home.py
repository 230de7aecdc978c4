"""A home that was copied or moved: MLflow notes absolute places, which are pointed to the new folder."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from typing import Final

from airloom.errors import AirloomError
from components.train_ranker.experiment_name import EXPERIMENT
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

    The old folder is that of Airloom's own experiment, whose files lie beside the database. Only what lay
    below it is changed: other experiments may keep theirs elsewhere on purpose.

    Raises:
        AirloomError: The database may not be written.
    """
    database = home.root / "mlflow" / "mlflow.db"
    if not database.exists():
        return
    here = database.parent.as_uri()
    try:
        with closing(sqlite3.connect(database, timeout=LOCK_TIMEOUT_S)) as connection:
            former = _folder(connection)
            if former is None or former == here:
                return
            _replace(connection, former, here)
            connection.commit()
    except sqlite3.Error as error:
        raise AirloomError(
            f"{database} cannot be pointed to its own files, after the home was copied or moved ({error})",
            do="Give this user the right to write it, and stop whatever else has it open",
        ) from error
    print(f"{home.root} was copied or moved: its models are no longer read from {former}", file=sys.stderr)


def _folder(connection: sqlite3.Connection) -> str | None:
    """Return the folder in which the database lay when Airloom made its experiment; None: it is not local."""
    if not _has(connection, "experiments", "artifact_location"):
        return None
    row = connection.execute(
        "SELECT artifact_location FROM experiments WHERE name = ?", (EXPERIMENT,)
    ).fetchone()
    location: str = (row and row[0]) or ""
    ours = location.startswith("file:///") and location.endswith(ARTIFACTS)
    return location.removesuffix(ARTIFACTS) if ours else None


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
