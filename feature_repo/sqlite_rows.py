"""The rows of users in a sqlite online store."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from feast import FeatureStore
from feast.errors import FeatureViewNotFoundException
from feast.infra.online_stores.helpers import compute_table_id
from feast.infra.online_stores.sqlite import SqliteOnlineStore

from airloom.logs.contract import Table
from feature_repo.tables import USER_TABLES, view_name
from feature_repo.user_keys import reachable, serialized_key, user_of

LOCK_TIMEOUT_S: Final = 30.0
"""Seconds to wait for another writer of the file."""


class SqliteRows:
    """See `OnlineRows`; the views of `USER_TABLES` are all that the store has of a user."""

    def __init__(self, store: FeatureStore, table: Table) -> None:
        self._store, self._table = store, table

    def users_since(self, moment: datetime) -> list[str]:
        """Return the users whose row holds from `moment` or later, in no particular order."""
        with reachable(), self._opened([self._table], LOCK_TIMEOUT_S) as (connection, tables):
            if connection is None or not tables:
                return []
            (table,) = tables
            keys = connection.execute(
                f"SELECT DISTINCT entity_key FROM {table} WHERE event_ts >= ?",  # noqa: S608 - quoted
                (moment.replace(tzinfo=None),),  # UTC without a zone, and adapted to what Feast writes
            )
            users = (user_of(self._store, key) for (key,) in keys)
            return [user for user in users if user is not None]

    def accept_any_age(self, user_ids: Sequence[str]) -> None:
        """Do nothing: sqlite takes a row of any age."""

    def remove(self, user_ids: Sequence[str]) -> None:
        """Remove the rows of users."""
        self._erase([self._table], user_ids, compact=False, timeout_s=LOCK_TIMEOUT_S)

    def erase(self, user_ids: Sequence[str], *, compact: bool, timeout_s: float) -> None:
        """Overwrite and remove the rows of users in all tables."""
        self._erase(USER_TABLES, user_ids, compact=compact, timeout_s=timeout_s)

    def _erase(
        self, views: Sequence[Table], user_ids: Sequence[str], *, compact: bool, timeout_s: float
    ) -> None:
        keys = [(serialized_key(self._store, user_id),) for user_id in user_ids]
        with reachable(), self._opened(views, timeout_s) as (connection, tables):
            if connection is None:
                return
            connection.execute(
                "PRAGMA secure_delete = ON"
            )  # overwrite what is deleted, do not only unlink it
            connection.execute("BEGIN IMMEDIATE")
            for table in tables:
                connection.executemany(f"DELETE FROM {table} WHERE entity_key = ?", keys)  # noqa: S608 - quoted
            connection.execute("COMMIT")
            if compact:
                connection.execute("VACUUM")

    @contextmanager
    def _opened(
        self, views: Sequence[Table], timeout_s: float
    ) -> Iterator[tuple[sqlite3.Connection | None, list[str]]]:
        """Yield a connection and the quoted tables of the views that are registered; None without any."""
        config = self._store.config
        database = Path(SqliteOnlineStore._get_db_path(config))  # noqa: SLF001 - relative paths are Feast's
        tables = [name for view in views if (name := self._registered(view))] if database.exists() else []
        if not tables:
            yield None, tables
            return
        with closing(sqlite3.connect(database, timeout=timeout_s, isolation_level=None)) as connection:
            yield connection, tables

    def _registered(self, view: Table) -> str | None:
        """Return the quoted name of the table of a view; None where it was never registered."""
        config = self._store.config
        try:
            registered = self._store.get_feature_view(view_name(view))
        except FeatureViewNotFoundException:
            return None
        versioned = config.registry.enable_online_feature_view_versioning
        name: str = compute_table_id(config.project, registered, versioned)
        return '"' + name.replace('"', '""') + '"'
