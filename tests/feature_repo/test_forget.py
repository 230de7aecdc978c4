from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from feast import FeatureStore

from airloom.errors import AirloomError
from feature_repo.forget import forget_online
from feature_repo.online import read_user
from feature_repo.store import LOCAL, apply, open_store
from tests.redis_server import RedisServer
from tests.traces import traces

ANN, BO = "ann-of-the-hill", "bo"


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture(params=["sqlite", "redis"])
def store(tmp_path: Path, request: pytest.FixtureRequest) -> FeatureStore:
    """A store that knows two users, once as of long ago and once as of now."""
    config = None
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis_server")
        sqlite = 'type: sqlite\n  path: "${AIRLOOM_LAKE}/feast/online.db"'
        text = LOCAL.read_text(encoding="utf-8")
        assert sqlite in text
        config = tmp_path / "redis.yaml"
        config.write_text(
            text.replace(sqlite, f'type: redis\n  connection_string: "127.0.0.1:{server.port}"'),
            encoding="utf-8",
        )
    store = open_store(lake=str(tmp_path), config=config and str(config))
    apply(store, lake=str(tmp_path))
    for hour in (10, 11):
        at = datetime(2026, 3, 1, hour, tzinfo=UTC)
        rows = [(user, ["video"], ["view"], [hour], at) for user in (ANN, BO)]
        columns = ["user_id", "object_ids", "actions", "timestamps", "event_timestamp"]
        store.write_to_online_store("user_history", df=pd.DataFrame(rows, columns=columns))
    return store


def test_one_user_is_gone_and_others_stay(store: FeatureStore) -> None:
    assert read_user(store, ANN).timestamps == [11]
    forget_online(store, [ANN, "nobody"])
    assert read_user(store, ANN).timestamps == []
    assert read_user(store, BO).timestamps == [11]
    forget_online(store, [ANN])  # again


def test_no_trace_is_left_in_the_file(store: FeatureStore, tmp_path: Path) -> None:
    if store.config.online_store.type == "sqlite":
        assert traces(tmp_path / "feast", ANN) == ["online.db"]
    forget_online(store, [ANN], compact=True)
    assert traces(tmp_path / "feast", ANN) == []
    assert read_user(store, BO).timestamps == [11]


def test_a_store_that_was_never_filled_has_nobody(tmp_path: Path) -> None:
    forget_online(open_store(lake=str(tmp_path)), [ANN], compact=True)


def test_another_kind_of_store_is_refused_rather_than_believed(tmp_path: Path) -> None:
    config = tmp_path / "other.yaml"
    text = LOCAL.read_text(encoding="utf-8").replace("type: sqlite", "type: remote")
    config.write_text(text.replace('path: "${AIRLOOM_LAKE}/feast/online.db"', ""), encoding="utf-8")
    with pytest.raises(AirloomError, match="how to remove a user from RemoteOnlineStore"):
        forget_online(open_store(lake=str(tmp_path), config=str(config)), [ANN])
