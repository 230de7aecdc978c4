"""The online reads of a request: the user's history and, where a ranker reads them, inferred behaviors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import pyarrow as pa
from feast import FeatureStore
from feast.infra.online_stores.redis import RedisClient, RedisOnlineStore, RedisType
from feast.infra.online_stores.sqlite import SqliteOnlineStore
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value
from google.protobuf.message import DecodeError
from redis.exceptions import ResponseError

from airloom.logs.contract import Table
from feature_repo.redis_timeouts import set_timeouts
from feature_repo.tables import INFERRED_BEHAVIORS, USER_HISTORY, view_name

(KEY,) = USER_HISTORY.sort_by


class UserHistoryRow(NamedTuple):
    """A user's last events, oldest first: parallel lists, the columns of the view `user_history`.

    Attributes:
        object_ids: What each event was about.
        actions: What was done.
        timestamps: Seconds since 1970 UTC.
    """

    object_ids: list[str]
    actions: list[str]
    timestamps: list[int]


class InferredRow(NamedTuple):
    """A user's behaviors beyond the log: parallel lists, columns of the view `inferred_behaviors`.

    Attributes:
        object_ids: Products, the largest weight first.
        weights: In (0, 1].
    """

    object_ids: list[str]
    weights: list[float]


_VALUE_FIELDS: Final = {
    pa.list_(pa.string()): "string_list_val",
    pa.list_(pa.int64()): "int64_list_val",
    pa.list_(pa.float32()): "float_list_val",
}
"""The field of Feast's protobuf `Value` that holds an Arrow type."""


class _RowReader:
    """Reads lists of one user at a time straight from the online store behind a Feast store.

    `get_online_features` does the same for any number of views and users, in three times the time.

    Args:
        store: Registered before the first user is read.
        table: The feature table.
        columns: Columns with lists.
        timeout_s: Seconds that the store may take to connect and to answer; None waits without limit.

    Attributes:
        has_timeout: Whether the store keeps the timeout: sqlite and a single Redis do, no other store.
    """

    def __init__(
        self, store: FeatureStore, table: Table, columns: Sequence[str], *, timeout_s: float | None
    ) -> None:
        self._store, self._table, self._timeout_s, self._view = store, table, timeout_s, None
        self._values = {name: _VALUE_FIELDS[table.schema.field(name).type] for name in columns}
        self._online: Any = store.provider.online_store
        self.has_timeout = timeout_s is not None and _supports_timeouts(self._online, store)

    def _read(self, user_id: str) -> list[list[Any]]:
        """Return the columns as of the last materialized day; empty for unknown users.

        Raises:
            ValueError: The store answers, but what it has of this user is damaged.
            Exception: Whatever the store raises that does not answer.
        """
        if self._view is None:
            if self._timeout_s is not None and self.has_timeout:
                _set_store_timeout(self._online, self._store, self._timeout_s)
            self._view = self._store.get_feature_view(view_name(self._table))
        key = entity_key(user_id)
        try:
            ((_, row),) = self._online.online_read(self._store.config, self._view, [key], list(self._values))
        except DecodeError as error:
            raise ValueError("what is kept of a user cannot be read") from error
        except ResponseError as error:
            if "WRONGTYPE" in str(error):
                raise ValueError("what is kept of a user cannot be read") from error
            raise
        if not row:
            return [[] for _ in self._values]
        fields = self._values.items()
        return [list(getattr(row[name], field).val) if name in row else [] for name, field in fields]


class UserHistoryReader(_RowReader):
    """Reads the history of one user at a time; see `_RowReader`."""

    def __init__(self, store: FeatureStore, *, timeout_s: float | None = None) -> None:
        super().__init__(store, USER_HISTORY, UserHistoryRow._fields, timeout_s=timeout_s)

    def __call__(self, user_id: str) -> UserHistoryRow:
        """Return the user's events up to the last materialized day; empty for unknown users."""
        return UserHistoryRow(*self._read(user_id))


class InferredReader(_RowReader):
    """Reads the behaviors beyond the log of one user at a time; see `_RowReader`."""

    def __init__(self, store: FeatureStore, *, timeout_s: float | None = None) -> None:
        super().__init__(store, INFERRED_BEHAVIORS, InferredRow._fields, timeout_s=timeout_s)

    def __call__(self, user_id: str) -> InferredRow:
        """Return what was inferred for the user by the last daily run; empty for unknown users."""
        return InferredRow(*self._read(user_id))


def has_row(store: FeatureStore, table: Table, user_id: str) -> bool:
    """Return whether the online store has a row of a user in the view of `table`."""
    online: Any = store.provider.online_store
    view = store.get_feature_view(view_name(table))
    ((_, row),) = online.online_read(store.config, view, [entity_key(user_id)], [view.features[0].name])
    # Redis has values of no type where it has nothing
    return any(value.WhichOneof("val") for value in (row or {}).values())


def read_history(store: FeatureStore, user_id: str) -> UserHistoryRow:
    """Return the history of one user, once; see `UserHistoryReader`."""
    return UserHistoryReader(store)(user_id)


def entity_key(user_id: str) -> EntityKey:
    """Return the key of a user in Feast's stores."""
    return EntityKey(join_keys=[KEY], entity_values=[Value(string_val=user_id)])


def _supports_timeouts(online: Any, store: FeatureStore) -> bool:
    """Return whether the store has timeouts of its own: sqlite, and Redis where one server answers."""
    if isinstance(online, RedisOnlineStore):
        config = store.config.online_store
        return bool(config.redis_type == RedisType.redis and config.client == RedisClient.redis)
    return isinstance(online, SqliteOnlineStore)


def _set_store_timeout(online: Any, store: FeatureStore, timeout_s: float) -> None:
    """Set the timeout of the store's client; Feast has no option for it."""
    config = store.config
    if isinstance(online, SqliteOnlineStore):
        connection = online._get_conn(config)  # noqa: SLF001
        connection.execute(f"PRAGMA busy_timeout = {round(timeout_s * 1000)}")
        return
    set_timeouts(online._get_client(config.online_store), timeout_s)  # noqa: SLF001
