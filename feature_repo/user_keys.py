"""Users' keys as the online stores keep them, and what to say when a store does not answer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from feast import FeatureStore
from feast.infra.key_encoding_utils import deserialize_entity_key, serialize_entity_key
from redis.exceptions import RedisError

from airloom.errors import AirloomError
from feature_repo.online import KEY, entity_key


def serialized_key(store: FeatureStore, user_id: str) -> bytes:
    """Return the key of a user as the stores keep it; Redis appends the project."""
    version = store.config.entity_key_serialization_version
    key: bytes = serialize_entity_key(entity_key(user_id), entity_key_serialization_version=version)
    return key


def user_of(store: FeatureStore, key: bytes) -> str | None:
    """Return whose key it is; None for a key of something else."""
    try:
        entity = deserialize_entity_key(key, store.config.entity_key_serialization_version)
    except (ValueError, UnicodeDecodeError):
        return None
    return str(entity.entity_values[0].string_val) if list(entity.join_keys) == [KEY] else None


@contextmanager
def reachable() -> Iterator[None]:
    """Turn errors of a store that does not answer into an AirloomError."""
    try:
        yield
    except (sqlite3.Error, RedisError) as error:
        raise AirloomError(
            f"The online store cannot erase users ({type(error).__name__}: {error})",
            do="Run this again when it answers",
        ) from error
