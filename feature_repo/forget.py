"""Removes users from the online store.

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

PATIENCE: Final = 30.0
"""Seconds to wait for whoever writes to a sqlite file."""


def forget_online(
    store: FeatureStore, user_ids: Sequence[str], *, compact: bool = False, patience: float = PATIENCE
) -> None:
    """Remove all that the online store has of users; whoever it does not know changes nothing.

    Args:
        store: Whose online store.
        user_ids: Whom.
        patience: Seconds to wait for a sqlite file that is locked.
        compact: Whether to write a sqlite file anew, which drops what earlier rows left in its free pages.

    Raises:
        AirloomError: The online store cannot be reached, or is of another kind than sqlite and Redis.
    """
    keys = [_serialised(store, user_id) for user_id in user_ids]
    online = store.provider.online_store
    if isinstance(online, SqliteOnlineStore):
        try:
            _forget_sqlite(store, keys, compact=compact, patience=patience)
        except sqlite3.Error as error:
            raise _away(error) from error
    elif isinstance(online, RedisOnlineStore):
        client: Any = online._get_client(store.config.online_store)  # noqa: SLF001 - Feast's own connection
        project = store.config.project.encode()
        try:
            for key in keys:  # a cluster takes one key a call
                client.delete(key + project)
        except RedisError as error:
            raise _away(error) from error
    else:
        raise AirloomError(
            f"Nobody taught Airloom how to remove a user from {type(online).__name__}",
            do="Add it to feature_repo/forget.py, or use sqlite or Redis",
        )


def _forget_sqlite(store: FeatureStore, keys: Sequence[bytes], *, compact: bool, patience: float) -> None:
    place = Path(SqliteOnlineStore._get_db_path(store.config))  # noqa: SLF001 - relative paths are Feast's
    if not place.exists():
        return
    try:
        view = store.get_feature_view(view_name(USER_HISTORY))
    except FeatureViewNotFoundException:
        return  # nothing was ever registered, so nobody is there
    versioned = store.config.registry.enable_online_feature_view_versioning
    table = compute_table_id(store.config.project, view, versioned)
    quoted = '"' + table.replace('"', '""') + '"'
    with closing(sqlite3.connect(place, timeout=patience, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = ON")  # overwrite what is deleted, do not only unlink it
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            f"DELETE FROM {quoted} WHERE entity_key = ?",  # noqa: S608 - quoted above
            [(key,) for key in keys],
        )
        connection.execute("COMMIT")
        if compact:
            connection.execute("VACUUM")


def _away(error: Exception) -> AirloomError:
    return AirloomError(
        f"The online store cannot forget ({type(error).__name__}: {error})",
        do="Run this again when it answers",
    )


def _serialised(store: FeatureStore, user_id: str) -> bytes:
    version = store.config.entity_key_serialization_version
    key: bytes = serialize_entity_key(entity_key(user_id), entity_key_serialization_version=version)
    return key
