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

from feature_repo.tables import USER_HISTORY, view_name
from feature_repo.user_keys import reachable, serialized_key, user_of

LOCK_TIMEOUT_S: Final = 30.0
"""Seconds to wait for another writer of the file."""


class SqliteRows:
    """See `OnlineRows`; the histories are all that the store has of a user."""

    def __init__(self, store: FeatureStore) -> None:
        self._store = store

    def users_since(self, moment: datetime) -> list[str]:
        """Return the users whose history holds from `moment` or later, in no particular order."""
        with reachable(), self._table(LOCK_TIMEOUT_S) as opened:
            if opened is None:
                return []
            connection, table = opened
            keys = connection.execute(
                f"SELECT DISTINCT entity_key FROM {table} WHERE event_ts >= ?",  # noqa: S608 - quoted
                (moment.replace(tzinfo=None),),  # UTC without a zone, and adapted to what Feast writes
            )
            users = (user_of(self._store, key) for (key,) in keys)
            return [user for user in users if user is not None]

    def accept_any_age(self, user_ids: Sequence[str]) -> None:
        """Do nothing: sqlite takes a row of any age."""

    def remove_histories(self, user_ids: Sequence[str]) -> None:
        """Remove the histories of users."""
        self.erase(user_ids, compact=False, timeout_s=LOCK_TIMEOUT_S)

    def erase(self, user_ids: Sequence[str], *, compact: bool, timeout_s: float) -> None:
        """Overwrite and remove the rows of users."""
        keys = [(serialized_key(self._store, user_id),) for user_id in user_ids]
        with reachable(), self._table(timeout_s) as opened:
            if opened is None:
                return
            connection, table = opened
            connection.execute(
                "PRAGMA secure_delete = ON"
            )  # overwrite what is deleted, do not only unlink it
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(f"DELETE FROM {table} WHERE entity_key = ?", keys)  # noqa: S608 - quoted
            connection.execute("COMMIT")
            if compact:
                connection.execute("VACUUM")

    @contextmanager
    def _table(self, timeout_s: float) -> Iterator[tuple[sqlite3.Connection, str] | None]:
        """Yield a connection and the quoted name of the table; None where nothing was ever registered."""
        config = self._store.config
        database = Path(SqliteOnlineStore._get_db_path(config))  # noqa: SLF001 - relative paths are Feast's
        if not database.exists():
            yield None
            return
        try:
            view = self._store.get_feature_view(view_name(USER_HISTORY))
        except FeatureViewNotFoundException:
            yield None
            return
        table = compute_table_id(config.project, view, config.registry.enable_online_feature_view_versioning)
        with closing(sqlite3.connect(database, timeout=timeout_s, isolation_level=None)) as connection:
            yield connection, '"' + table.replace('"', '""') + '"'
