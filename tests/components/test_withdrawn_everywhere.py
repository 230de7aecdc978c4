"""What a platform takes back is known nowhere after the next run: the daily steps over a landing zone.

Real validation, Feast (sqlite and Redis) and snapshots; the encoder is a stand-in.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from airloom.logs.contract import EVENTS, OBJECTS, USERS, Table
from airloom.logs.lake import Lake
from airloom.logs.rules import LogRules
from airloom.ranking.snapshot import Snapshot
from components.build_snapshot.pointer import read_pointer, stored_snapshots
from components.build_snapshot.publish import FOLDER, build_and_publish
from components.register_features.register import register
from components.validate_logs.validation import ValidationResult, validate
from feature_repo.online import read_history
from feature_repo.snapshot_settings import SnapshotSettings
from feature_repo.store import open_store
from tests.feature_repo.small_lake import LAST, START, HashEncoder, build, deliver, event, thing
from tests.redis_server import RedisServer

MIDDLE = START + timedelta(days=1)


@pytest.fixture(params=["sqlite"])
def platform(request: pytest.FixtureRequest, tmp_path: Path) -> Platform:
    """Three landed days that a run has taken in."""
    config = None
    if request.param == "redis":  # as some tests ask for
        server: RedisServer = request.getfixturevalue("redis_server")
        config = str(server.feature_store(tmp_path))
    platform = Platform(tmp_path, config)
    platform.run()
    return platform


class Platform:
    """A landing zone, and what the daily steps make of it."""

    def __init__(self, root: Path, config: str | None) -> None:
        self.lake, self._config = Lake(root / "lake"), config
        clean = deliver(root / "clean")
        for table in (OBJECTS, EVENTS):
            for day in clean.days(table):
                self.land(table, day, clean.read(table, since=day, through=day).to_pylist())
        self.land(USERS, START, [{"user_id": user} for user in ("ann", "bo", "new")])

    def land(self, table: Table, day: date, rows: list[dict[str, object]]) -> None:
        landed = pa.Table.from_pylist(rows, schema=table.stored_schema)
        self.lake.write(self.lake.landing(table), day, landed)

    def take_back(self, table: Table, day: date) -> None:
        self.lake.delete(self.lake.landing(table), day)

    def run(self, day: date = LAST) -> ValidationResult:
        outcome = validate(self.lake, day=day, rules=LogRules(), docs=self.lake.path("docs"))
        build(self.lake, day)
        register(self.lake.root, day=day, config=self._config)
        settings = SnapshotSettings(keep=2)
        build_and_publish(
            self.lake.root, day=day, config=self._config, settings=settings, encoder=HashEncoder()
        )
        return outcome

    def objects_online(self, user: str) -> list[str]:
        return read_history(open_store(lake=self.lake.root, config=self._config), user).object_ids

    @property
    def serving(self) -> Snapshot:
        pointer = read_pointer(self.lake.path(FOLDER))
        assert pointer is not None
        return Snapshot.load(self.lake.path(FOLDER, pointer.digest))


def test_an_object_that_is_taken_back_leaves_histories_and_snapshot(platform: Platform) -> None:
    assert platform.serving.objects.ids == ["cat-bed", "late-rope", "video-1"]
    assert "late-rope" in platform.objects_online("ann")
    platform.land(OBJECTS, LAST, [thing("cat-bed", price=25.0)])
    assert platform.run().quarantined["events"] == 1
    assert platform.serving.objects.ids == ["cat-bed", "video-1"]
    assert platform.objects_online("ann") == ["video-1", "cat-bed", "video-1"]


def test_a_corrected_object_is_served_as_corrected(platform: Platform) -> None:
    platform.land(OBJECTS, LAST, [thing("cat-bed", price=19.0), thing("late-rope", price=60.0)])
    platform.run()
    snapshot = platform.serving
    assert snapshot.objects.prices[snapshot.index["cat-bed"]] == 19.0


def test_a_user_that_is_taken_back_is_unknown(platform: Platform) -> None:
    platform.land(USERS, START, [{"user_id": user} for user in ("ann", "bo")])
    outcome = platform.run()
    assert outcome.quarantined["events"] == 2
    assert platform.objects_online("new") == []
    assert platform.objects_online("bo") == ["video-1"]


@pytest.mark.parametrize("platform", ["sqlite", "redis"], indirect=True)
def test_a_corrected_day_leaves_nothing_of_what_it_said(platform: Platform) -> None:
    popular = platform.serving.objects.popularity[platform.serving.index["cat-bed"]]
    platform.land(EVENTS, LAST, [event("ann", 49, "click", "late-rope")])
    platform.run()
    assert platform.objects_online("new") == []
    assert len(platform.objects_online("ann")) == 4
    assert platform.serving.objects.popularity[platform.serving.index["cat-bed"]] < popular


def test_the_last_day_that_is_taken_back_no_longer_serves(platform: Platform) -> None:
    (of_last_day,) = stored_snapshots(platform.lake.path(FOLDER))
    platform.take_back(EVENTS, LAST)
    assert platform.run(MIDDLE).withdrawn == {"events": [LAST]}
    assert platform.serving.before < of_last_day.before
    assert of_last_day not in stored_snapshots(platform.lake.path(FOLDER))
    assert platform.objects_online("new") == []
    assert platform.objects_online("ann") == ["video-1", "cat-bed", "video-1"]


def test_an_old_day_that_is_run_again_leaves_what_serves(platform: Platform) -> None:
    before = platform.serving.digest
    platform.run(MIDDLE)
    assert platform.serving.digest == before
    assert platform.objects_online("new") == ["video-1", "cat-bed"]
