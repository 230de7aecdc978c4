from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from airloom.errors import AirloomError
from feature_repo.offline import histories_at
from feature_repo.store import LOCAL, apply, apply_if_moved, open_store
from tests.feature_repo.small_lake import build, deliver

VIEWS = ["inferred_behaviors", "object_intents", "object_profile", "user_history"]


def test_registers_the_views_and_services(built: str) -> None:
    store = open_store(lake=built)
    apply(store, lake=built)  # a second time
    assert sorted(view.name for view in store.list_feature_views()) == VIEWS
    services = sorted(service.name for service in store.list_feature_services())
    assert services == ["ranking_inferred_v1", "ranking_objects_v1", "ranking_user_v1"]
    online = sorted(view.name for view in store.list_feature_views() if view.online)
    assert online == ["inferred_behaviors", "user_history"]


def test_a_copied_lake_reads_its_own_features(tmp_path: Path) -> None:
    lake = deliver(tmp_path / "old")
    build(lake)
    apply(open_store(lake=lake.root), lake=lake.root)
    copy = Path(shutil.copytree(lake.root, tmp_path / "copy"))
    shutil.rmtree(lake.root)
    store = open_store(lake=str(copy))
    apply_if_moved(store, lake=str(copy))
    moments = pa.table({"user_id": ["ann"], "event_timestamp": [datetime(2026, 3, 4, tzinfo=UTC)]})
    (history,) = histories_at(store, moments).to_pylist()
    assert history["actions"] == ["view", "order", "like", "click"]


def test_a_lake_where_nothing_is_registered_stays_so(tmp_path: Path) -> None:
    store = open_store(lake=str(tmp_path))
    apply_if_moved(store, lake=str(tmp_path))
    assert store.list_feature_views() == []


def test_the_lake_may_lie_in_a_folder_with_any_name(tmp_path: Path) -> None:
    lake = tmp_path / "50% of the #1 lakes"
    lake.mkdir()
    apply(open_store(lake=str(lake)), lake=str(lake))
    assert sorted(file.name for file in (lake / "feast").iterdir()) == ["online.db", "registry.db"]


def test_the_feast_command_registers_the_same(tmp_path: Path) -> None:
    environment = os.environ | {"AIRLOOM_LAKE": str(tmp_path)}
    feast = [str(Path(sys.executable).with_name("feast")), "apply"]
    subprocess.run(feast, cwd=LOCAL.parent, env=environment, check=True, capture_output=True)
    store = open_store(lake=str(tmp_path))
    assert sorted(view.name for view in store.list_feature_views()) == VIEWS
    assert sorted(entity.name for entity in store.list_entities() if entity.name != "__dummy") == [
        "object",
        "user",
    ]


def test_another_configuration_takes_its_values_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "production.yaml"
    config.write_text(LOCAL.read_text(encoding="utf-8").replace("airloom", "${TEAM}", 1), encoding="utf-8")
    with pytest.raises(AirloomError, match="needs the environment variable TEAM"):
        open_store(lake=str(tmp_path), config=str(config))
    monkeypatch.setenv("TEAM", "shop")
    assert open_store(lake=str(tmp_path), config=str(config)).project == "shop"


@pytest.mark.parametrize("content", [None, "", "project: [", "project: airloom\nprovider: 3"])
def test_says_which_configuration_cannot_be_read(tmp_path: Path, content: str | None) -> None:
    config = tmp_path / "feature_store.yaml"
    if content is not None:
        config.write_text(content, encoding="utf-8")
    with pytest.raises(AirloomError, match=str(config)):
        open_store(lake=str(tmp_path), config=str(config))
