from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from feast import FeatureStore
from redis import Redis
from redis.exceptions import RedisError

from feature_repo.online import InferredReader, InferredRow, UserHistoryReader, read_history
from feature_repo.store import open_store
from tests.feature_repo.conftest import ANN, BO
from tests.redis_server import RedisServer

REFERENCES = [f"user_history:{name}" for name in ("object_ids", "actions", "timestamps")]
STORE_TIMEOUT_S = 0.05
SLOW = 2.0
"""Far above the patience, and far below what Feast's clients wait by themselves."""


def test_it_reads_what_feast_reads(store: FeatureStore) -> None:
    for user in (ANN, BO):
        features = store.get_online_features(features=REFERENCES, entity_rows=[{"user_id": user}]).to_dict()
        assert read_history(store, user)._asdict() == {
            name: features[name][0] for name in read_history(store, user)._fields
        }
        assert read_history(store, user).timestamps == [11]
    assert read_history(store, "nobody") == ([], [], [])


def test_it_reads_the_behaviors_that_feast_reads(store: FeatureStore) -> None:
    references = [f"inferred_behaviors:{name}" for name in InferredRow._fields]
    features = store.get_online_features(features=references, entity_rows=[{"user_id": ANN}]).to_dict()
    read = InferredReader(store, timeout_s=STORE_TIMEOUT_S)
    assert read(ANN)._asdict() == {name: features[name][0] for name in InferredRow._fields}
    assert read(ANN) == (["bed"], [0.5])
    assert read("nobody") == ([], [])


def test_a_reader_may_be_made_before_anything_is_registered(tmp_path: Path) -> None:
    read = UserHistoryReader(open_store(lake=str(tmp_path)), timeout_s=STORE_TIMEOUT_S)
    assert read.has_timeout
    with pytest.raises(Exception, match="user_history"):
        read(ANN)


def test_a_frozen_redis_is_not_waited_for(redis_store: FeatureStore, redis_server: RedisServer) -> None:
    read = UserHistoryReader(redis_store, timeout_s=STORE_TIMEOUT_S)
    assert read.has_timeout
    assert read(ANN).timestamps == [11]
    redis_server.freeze()
    began = time.monotonic()
    for _ in range(3):
        with pytest.raises(RedisError):
            read(ANN)
    assert time.monotonic() - began < SLOW
    redis_server.thaw()
    assert read(ANN).timestamps == [11]


def test_a_redis_that_was_killed_is_found_again(redis_store: FeatureStore, redis_server: RedisServer) -> None:
    read = UserHistoryReader(redis_store, timeout_s=STORE_TIMEOUT_S)
    assert read(ANN).timestamps == [11]
    redis_server.kill()
    began = time.monotonic()
    with pytest.raises(RedisError):
        read(ANN)
    assert time.monotonic() - began < SLOW
    redis_server.start()
    assert read(ANN).timestamps == []  # it kept nothing


def test_values_that_others_wrote_are_called_damaged(
    redis_store: FeatureStore, redis_server: RedisServer
) -> None:
    client: Redis = redis_server.client()
    read = UserHistoryReader(redis_store, timeout_s=STORE_TIMEOUT_S)
    for key in client.scan_iter("*"):
        for field in client.hkeys(key):
            if not field.startswith(b"_ts"):
                client.hset(key, field, b"\xff\xff")
    with pytest.raises(ValueError, match="cannot be read"):
        read(ANN)
    for key in client.scan_iter("*"):
        client.set(key, "not a hash")
    with pytest.raises(ValueError, match="cannot be read"):
        read(ANN)


def test_a_locked_file_is_not_waited_for(sqlite_store: FeatureStore) -> None:
    read = UserHistoryReader(sqlite_store, timeout_s=STORE_TIMEOUT_S)
    assert read(ANN).timestamps == [11]
    with closing(sqlite3.connect(sqlite_store.config.online_store.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            read(ANN)
        assert time.monotonic() - began < SLOW
        other.execute("ROLLBACK")
    assert read(ANN).timestamps == [11]
