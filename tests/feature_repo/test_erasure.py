from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from feast import FeatureStore

from airloom.errors import AirloomError
from feature_repo.erasure import erase_online
from feature_repo.online import has_row, read_history
from feature_repo.store import LOCAL, open_store
from feature_repo.tables import INFERRED_BEHAVIORS
from tests.feature_repo.conftest import ANN, BO
from tests.traces import traces


def test_one_user_is_gone_and_others_stay(store: FeatureStore) -> None:
    assert read_history(store, ANN).timestamps == [11]
    erase_online(store, [ANN, "nobody"])
    assert read_history(store, ANN).timestamps == []
    assert read_history(store, BO).timestamps == [11]
    assert not has_row(store, INFERRED_BEHAVIORS, ANN)
    assert has_row(store, INFERRED_BEHAVIORS, BO)
    erase_online(store, [ANN])  # again


def test_no_trace_is_left_in_the_file(store: FeatureStore, tmp_path: Path) -> None:
    if store.config.online_store.type == "sqlite":
        assert traces(tmp_path / "feast", ANN) == ["online.db"]
    erase_online(store, [ANN], compact=True)
    assert traces(tmp_path / "feast", ANN) == []
    assert read_history(store, BO).timestamps == [11]


def test_a_store_that_was_never_filled_has_nobody(tmp_path: Path) -> None:
    erase_online(open_store(lake=str(tmp_path)), [ANN], compact=True)
    (tmp_path / "feast").mkdir(exist_ok=True)
    sqlite3.connect(tmp_path / "feast" / "online.db").close()  # as a reader leaves it
    (tmp_path / "feast" / "online.db").touch()
    erase_online(open_store(lake=str(tmp_path)), [ANN], compact=True)


def test_another_kind_of_store_is_refused_rather_than_believed(tmp_path: Path) -> None:
    config = tmp_path / "other.yaml"
    text = LOCAL.read_text(encoding="utf-8").replace("type: sqlite", "type: remote")
    config.write_text(text.replace('path: "${AIRLOOM_LAKE}/feast/online.db"', ""), encoding="utf-8")
    with pytest.raises(AirloomError, match="cannot erase a user from RemoteOnlineStore"):
        erase_online(open_store(lake=str(tmp_path), config=str(config)), [ANN])
