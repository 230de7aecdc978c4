"""The one online read of a request: what the user did last."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from feast import FeatureStore
from feast.infra.online_stores.redis import RedisClient, RedisOnlineStore, RedisType
from feast.infra.online_stores.sqlite import SqliteOnlineStore
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value
from google.protobuf.message import DecodeError
from redis.exceptions import ResponseError

from feature_repo.impatient_redis import limit
from feature_repo.tables import USER_HISTORY, view_name

(KEY,) = USER_HISTORY.sort_by


class RecentEvents(NamedTuple):
    """A user's last events, oldest first; the lists run in parallel.

    Attributes:
        object_ids: What each event was about.
        actions: What was done.
        timestamps: Seconds since 1970 UTC.
    """

    object_ids: list[str]
    actions: list[str]
    timestamps: list[int]


_FIELDS: Final = {
    "object_ids": "string_list_val",
    "actions": "string_list_val",
    "timestamps": "int64_list_val",
}


class UserReader:
    """Reads one user at a time straight from the online store behind a Feast store.

    `get_online_features` does the same for any number of views and users, in three times the time.

    Args:
        store: Registered, at the latest when the first user is read.
        patience: Seconds that the store may take to connect and to answer; None waits as long as it likes.

    Attributes:
        impatient: Whether the patience is kept: by sqlite and a single Redis, by no other kind of store.
    """

    def __init__(self, store: FeatureStore, *, patience: float | None = None) -> None:
        self._store, self._patience, self._view = store, patience, None
        self._online: Any = store.provider.online_store
        self.impatient = patience is not None and _can_be_limited(self._online, store)

    def __call__(self, user_id: str) -> RecentEvents:
        """The user's events up to the last materialized day; empty for a user nobody knows.

        Raises:
            ValueError: The store answers, but what it has of this user is damaged.
            Exception: Whatever the store raises that does not answer.
        """
        if self._view is None:
            if self._patience is not None and self.impatient:
                _limit(self._online, self._store, self._patience)
            self._view = self._store.get_feature_view(view_name(USER_HISTORY))
        key = entity_key(user_id)
        try:
            ((_, row),) = self._online.online_read(self._store.config, self._view, [key], list(_FIELDS))
        except DecodeError as error:
            raise ValueError("what is kept of a user cannot be read") from error
        except ResponseError as error:
            if "WRONGTYPE" in str(error):
                raise ValueError("what is kept of a user cannot be read") from error
            raise
        if not row:
            return RecentEvents([], [], [])
        return RecentEvents(
            *(list(getattr(row[name], kind).val) if name in row else [] for name, kind in _FIELDS.items())
        )


def read_user(store: FeatureStore, user_id: str) -> RecentEvents:
    """One user once; see `UserReader`."""
    return UserReader(store)(user_id)


def entity_key(user_id: str) -> EntityKey:
    """The user as Feast's stores know them."""
    return EntityKey(join_keys=[KEY], entity_values=[Value(string_val=user_id)])


def _can_be_limited(online: Any, store: FeatureStore) -> bool:
    """Whether the store keeps time limits of its own: sqlite, and Redis where one server answers."""
    if isinstance(online, RedisOnlineStore):
        config = store.config.online_store
        return bool(config.redis_type == RedisType.redis and config.client == RedisClient.redis)
    return isinstance(online, SqliteOnlineStore)


def _limit(online: Any, store: FeatureStore, seconds: float) -> None:
    """Set them; Feast has no options for it."""
    config = store.config
    if isinstance(online, SqliteOnlineStore):
        connection = online._get_conn(config)  # noqa: SLF001
        connection.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")
        return
    limit(online._get_client(config.online_store), seconds)  # noqa: SLF001
