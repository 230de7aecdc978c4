"""Erases users from the online store.

Feast itself can only empty a whole view, so this speaks to the stores behind it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from feast import FeatureStore
from feast.errors import FeatureViewNotFoundException
from feast.infra.key_encoding_utils import serialize_entity_key
from feast.infra.online_stores.helpers import compute_table_id
from feast.infra.online_stores.redis import RedisOnlineStore
from feast.infra.online_stores.sqlite import SqliteOnlineStore
from redis.exceptions import RedisError

from airloom.errors import AirloomError
from feature_repo.online import entity_key
from feature_repo.tables import USER_HISTORY, view_name

LOCK_TIMEOUT_S: Final = 30.0
"""Seconds to wait for another writer of a sqlite file."""


def erase_online(
    store: FeatureStore, user_ids: Sequence[str], *, compact: bool = False, timeout_s: float = LOCK_TIMEOUT_S
) -> None:
    """Remove all that the online store has of users; an unknown user changes nothing.

    Args:
        store: The Feast store.
        user_ids: The users.
        timeout_s: Seconds to wait for a sqlite file that is locked.
        compact: Whether to write a sqlite file anew, which drops what earlier rows left in its free pages.

    Raises:
        AirloomError: The online store cannot be reached, or is of another kind than sqlite and Redis.
    """
    keys = [_serialized(store, user_id) for user_id in user_ids]
    online = store.provider.online_store
    if isinstance(online, SqliteOnlineStore):
        try:
            _erase_sqlite(store, keys, compact=compact, timeout_s=timeout_s)
        except sqlite3.Error as error:
            raise _unreachable(error) from error
    elif isinstance(online, RedisOnlineStore):
        client: Any = online._get_client(store.config.online_store)  # noqa: SLF001 - Feast's own connection
        project = store.config.project.encode()
        try:
            for key in keys:  # a cluster takes one key a call
                client.delete(key + project)
        except RedisError as error:
            raise _unreachable(error) from error
    else:
        raise AirloomError(
            f"Airloom cannot erase a user from {type(online).__name__}",
            do="Add it to feature_repo/erasure.py, or use sqlite or Redis",
        )


def _erase_sqlite(store: FeatureStore, keys: Sequence[bytes], *, compact: bool, timeout_s: float) -> None:
    database = Path(SqliteOnlineStore._get_db_path(store.config))  # noqa: SLF001 - relative paths are Feast's
    if not database.exists():
        return
    try:
        view = store.get_feature_view(view_name(USER_HISTORY))
    except FeatureViewNotFoundException:
        return  # nothing was ever registered, so nobody is there
    versioned = store.config.registry.enable_online_feature_view_versioning
    table = compute_table_id(store.config.project, view, versioned)
    quoted = '"' + table.replace('"', '""') + '"'
    with closing(sqlite3.connect(database, timeout=timeout_s, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = ON")  # overwrite what is deleted, do not only unlink it
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            f"DELETE FROM {quoted} WHERE entity_key = ?",  # noqa: S608 - quoted above
            [(key,) for key in keys],
        )
        connection.execute("COMMIT")
        if compact:
            connection.execute("VACUUM")


def _unreachable(error: Exception) -> AirloomError:
    return AirloomError(
        f"The online store cannot erase users ({type(error).__name__}: {error})",
        do="Run this again when it answers",
    )


def _serialized(store: FeatureStore, user_id: str) -> bytes:
    version = store.config.entity_key_serialization_version
    key: bytes = serialize_entity_key(entity_key(user_id), entity_key_serialization_version=version)
    return key
