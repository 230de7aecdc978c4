"""The rows of users in a Redis online store: a hash for each user, which all views of a project share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, TypeVar

from feast import FeatureStore
from feast.infra.key_encoding_utils import serialize_entity_key_prefix
from feast.infra.online_stores.helpers import _mmh3, compute_versioned_name
from google.protobuf.timestamp_pb2 import Timestamp

from airloom.logs.contract import Table
from feature_repo.online import KEY
from feature_repo.tables import EVENT_TIMESTAMP, view_name
from feature_repo.user_keys import reachable, serialized_key, user_of

T = TypeVar("T")

KEYS_AT_ONCE: Final = 1_000
"""Keys in one round trip."""


class RedisRows:
    """See `OnlineRows`."""

    def __init__(self, store: FeatureStore, table: Table) -> None:
        online: Any = store.provider.online_store
        self._store, self._table, self._project = store, table, store.config.project.encode()
        self._client = online._get_client(store.config.online_store)  # noqa: SLF001 - Feast's own connection

    def users_since(self, moment: datetime) -> list[str]:
        """Return the users whose row holds from `moment` or later, in no particular order."""
        prefix = serialize_entity_key_prefix([KEY], self._store.config.entity_key_serialization_version)
        pattern = b"".join((_literal(prefix), b"*", _literal(self._project)))
        users = []
        with reachable():
            for keys in _batches(self._client.scan_iter(pattern, count=KEYS_AT_ONCE)):
                ages = self._pipelined(keys, "hget", self._age)
                for key, age in zip(keys, ages, strict=True):
                    user = user_of(self._store, key.removesuffix(self._project))
                    if user is not None and age is not None and _seconds(age) >= moment.timestamp():
                        users.append(user)
        return users

    def accept_any_age(self, user_ids: Sequence[str]) -> None:
        """Remove the age of what is held: Feast keeps a row against one that is not newer."""
        with reachable():
            for keys in _batches(self._keys(user_ids)):
                self._pipelined(keys, "hdel", self._age)

    def remove(self, user_ids: Sequence[str]) -> None:
        """Remove the fields of the view; Redis drops a hash that has no other."""
        columns = [name for name in self._table.schema.names if name not in (KEY, EVENT_TIMESTAMP)]
        fields = [_mmh3(f"{self._view}:{column}") for column in columns]
        with reachable():
            for keys in _batches(self._keys(user_ids)):
                self._pipelined(keys, "hdel", *fields, self._age)

    def erase(self, user_ids: Sequence[str], *, compact: bool, timeout_s: float) -> None:  # noqa: ARG002 - for sqlite
        """Remove the whole hashes of users."""
        with reachable():
            for keys in _batches(self._keys(user_ids)):
                self._pipelined(keys, "delete")

    @property
    def _view(self) -> str:
        versioned = self._store.config.registry.enable_online_feature_view_versioning
        return str(compute_versioned_name(self._store.get_feature_view(view_name(self._table)), versioned))

    @property
    def _age(self) -> str:
        return f"_ts:{self._view}"

    def _keys(self, user_ids: Sequence[str]) -> Iterator[bytes]:
        return (serialized_key(self._store, user_id) + self._project for user_id in user_ids)

    def _pipelined(self, keys: Sequence[bytes], command: str, *arguments: object) -> list[Any]:
        """Return the answers to one command for each of `keys`, in one round trip."""
        with self._client.pipeline(transaction=False) as pipe:
            for key in keys:
                getattr(pipe, command)(key, *arguments)
            answers: list[Any] = pipe.execute()
        return answers


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, KEYS_AT_ONCE)):
        yield batch


def _seconds(age: bytes) -> float:
    stored = Timestamp()
    stored.ParseFromString(age)
    return float(stored.seconds + stored.nanos / 1e9)


def _literal(text: bytes) -> bytes:
    """Return the pattern of Redis that matches `text` alone."""
    return b"".join(b"\\" + bytes([byte]) if byte in b"*?[]^\\" else bytes([byte]) for byte in text)
