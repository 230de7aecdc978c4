from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from airloom.ranking.snapshot import Snapshot
from airloom.settings import as_dict
from tests.model_service.shop import EXPERIMENT, Shop, make_snapshot


@pytest.fixture(scope="session")
def snapshot() -> Snapshot:
    return make_snapshot()


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory, snapshot: Snapshot) -> Shop:
    lake = tmp_path_factory.mktemp("lake")
    saved = snapshot.save(lake / "snapshots")
    (lake / "snapshots" / "current.json").write_text(
        json.dumps({"digest": saved.digest, "as_of": saved.as_of}), encoding="utf-8"
    )
    experiment = lake / "experiment.json"
    experiment.write_text(json.dumps(as_dict(EXPERIMENT)), encoding="utf-8")
    return Shop(lake, saved, experiment)


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait until something holds; fail after ten seconds."""

    def wait(holds: Callable[[], bool]) -> None:
        for _ in range(1_000):
            if holds():
                return
            time.sleep(0.01)
        pytest.fail("it never came about")

    return wait
