from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from feast import FeatureStore

from feature_repo.store import apply, open_store
from feature_repo.tables import INFERRED_BEHAVIORS
from tests.feature_repo.small_lake import build, deliver
from tests.redis_server import RedisServer

ANN, BO = "ann-of-the-hill", "bo"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The root of a lake whose features are built and registered, but not materialized."""
    lake = deliver(tmp_path_factory.mktemp("lake"))
    build(lake)
    apply(open_store(lake=lake.root), lake=lake.root)
    return lake.root


@pytest.fixture
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis that the test may do anything to."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.thaw()
    server.kill()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> FeatureStore:
    """The lake's own store, which knows two users, once as of long ago and once as of now."""
    return _filled(open_store(lake=str(tmp_path)), tmp_path)


@pytest.fixture
def redis_store(tmp_path: Path, redis_server: RedisServer) -> FeatureStore:
    """The same in Redis."""
    config = redis_server.feature_store(tmp_path)
    return _filled(open_store(lake=str(tmp_path), config=str(config)), tmp_path)


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest) -> FeatureStore:
    """Each of them."""
    filled: FeatureStore = request.getfixturevalue(f"{request.param}_store")
    return filled


def _filled(store: FeatureStore, lake: Path) -> FeatureStore:
    apply(store, lake=str(lake))
    for hour in (10, 11):
        at = datetime(2026, 3, 1, hour, tzinfo=UTC)
        rows = [(user, ["video"], ["view"], [hour], at) for user in (ANN, BO)]
        columns = ["user_id", "object_ids", "actions", "timestamps", "event_timestamp"]
        store.write_to_online_store("user_history", df=pd.DataFrame(rows, columns=columns))
        inferred = [(user, ["bed"], [0.5], "generated", "1", f"of {user}", at) for user in (ANN, BO)]
        columns = INFERRED_BEHAVIORS.schema.names
        store.write_to_online_store("inferred_behaviors", df=pd.DataFrame(inferred, columns=columns))
    return store
