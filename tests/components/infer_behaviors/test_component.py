"""Real generators, Feast and lake; the encoder is a stand-in."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pytest

from airloom.beyond_log.outcomes import KEPT, OUTCOMES
from airloom.intents.linking.settings import LinkingSettings
from airloom.logs.contract import COMMERCE, EVENTS
from airloom.logs.erasure_requests import ErasureRequests
from airloom.logs.lake import Lake
from airloom.timestamps import end_of
from components.build_features.build import build as build_features
from components.forget_users.forget import forget
from components.infer_behaviors import infer as step
from components.infer_behaviors.component import infer_behaviors
from components.register_features.register import register
from feature_repo.online import has_row
from feature_repo.snapshot_settings import SnapshotSettings
from feature_repo.snapshots import snapshot_before
from feature_repo.store import apply, open_store
from feature_repo.tables import INFERRED_BEHAVIORS, USER_HISTORY
from tests.components.small_generators import SETTINGS, SmallGenerators
from tests.components.small_training import LAST, ArtifactDouble, event
from tests.feature_repo.small_lake import START, HashEncoder, write
from tests.redis_server import RedisServer
from tests.traces import traces

NEXT = LAST + timedelta(days=1)


class InferenceLake:
    """A copy of the small lake, and the step over it."""

    def __init__(self, made: SmallGenerators, root: Path, config: str | None) -> None:
        self.root, self.config = root, config
        shutil.copytree(made.chain.lake, root / "lake")
        self.lake = Lake(root / "lake")
        shutil.rmtree(self.lake.path("feast"))
        self._mlflow_uri = f"sqlite:///{Path(made.generators.path).parent}/mlflow/mlflow.db"
        self.prepare(LAST)

    def prepare(self, day: date) -> None:
        """The steps before ours."""
        build_features(self.lake.root, day=day, encoder=HashEncoder(), settings=LinkingSettings())
        register(self.lake.root, day=day, config=self.config)
        store = open_store(lake=self.lake.root, config=self.config)
        apply(store, lake=self.lake.root)
        built = snapshot_before(
            store, lake=self.lake.root, before=end_of(day), settings=SnapshotSettings(), encoder=HashEncoder()
        )
        self._snapshot = built.save(self.lake.path("snapshots")).digest

    def run(self, day: date = LAST, **settings: object) -> tuple[int, int]:
        metrics = ArtifactDouble(self.root / "metrics")
        users, behaviors = infer_behaviors.python_func(
            lake=self.lake.root,
            day=str(day),
            feature_store=self.config or "",
            snapshot=self._snapshot,
            settings=SETTINGS | settings,
            mlflow_uri=self._mlflow_uri,
            metrics=metrics,
        )
        self.figures = metrics.logged
        return users, behaviors

    def is_online(self, user: str) -> bool:
        return has_row(open_store(lake=self.lake.root, config=self.config), INFERRED_BEHAVIORS, user)

    def users(self, day: date) -> list[str]:
        return self.lake.read(INFERRED_BEHAVIORS, since=day, through=day)["user_id"].to_pylist()

    def bytes_of(self, day: date) -> dict[str, bytes]:
        return {file: Path(file).read_bytes() for file in self.lake.files(INFERRED_BEHAVIORS, day)}

    def deliver(self, day: date, users: Sequence[str]) -> None:
        offset = (day - START).days
        write(self.lake, EVENTS, day, [event(offset, 0.5, user, "order", COMMERCE, "p007") for user in users])


@pytest.fixture(params=["sqlite"])
def home(request: pytest.FixtureRequest, small_generators: SmallGenerators, tmp_path: Path) -> InferenceLake:
    """A home in which nothing was inferred yet."""
    config = None
    if request.param == "redis":  # as some tests ask for
        server: RedisServer = request.getfixturevalue("redis_server")
        config = str(server.feature_store(tmp_path))
    return InferenceLake(small_generators, tmp_path, config)


def test_where_it_is_not_enabled_nothing_is_written(home: InferenceLake) -> None:
    before = sorted(home.lake.path().rglob("*"))
    assert home.run(enabled=False) == (0, 0)
    assert sorted(home.lake.path().rglob("*")) == before


def test_every_user_has_a_row_of_products_that_they_do_not_know(home: InferenceLake) -> None:
    users, behaviors = home.run()
    rows = home.lake.read(INFERRED_BEHAVIORS).to_pylist()
    assert len({row["user_id"] for row in rows}) == len(rows) == users == 40
    assert sum(len(row["object_ids"]) for row in rows) == behaviors > 0
    histories = {row["user_id"]: row["object_ids"] for row in home.lake.read(USER_HISTORY).to_pylist()}
    for row in rows:
        assert not set(row["object_ids"]) & set(histories[row["user_id"]])
        assert len(row["object_ids"]) == len(row["weights"])
        assert row["weights"] == sorted(row["weights"], reverse=True)
        assert row["event_timestamp"] == datetime.fromtimestamp(end_of(LAST), UTC)
    assert home.is_online(rows[0]["user_id"])


def test_what_became_of_the_proposals_is_counted(home: InferenceLake) -> None:
    _, behaviors = home.run()
    counts = dict(zip(*home.lake.read(OUTCOMES).to_pydict().values(), strict=True))
    assert counts[KEPT] == behaviors
    rejected = sum(share for name, share in home.figures.items() if name.startswith("rejected"))
    assert rejected == pytest.approx(1 - behaviors / sum(counts.values()))


def test_repeated_it_gives_the_same_bytes_also_after_a_kill(
    home: InferenceLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.run()
    whole = home.bytes_of(LAST)
    home.run()
    assert home.bytes_of(LAST) == whole
    monkeypatch.setattr(step, "USERS_PER_FILE", 1)
    with monkeypatch.context() as patched:
        patched.setattr(step, "materialize", _killed)
        with pytest.raises(KeyboardInterrupt):
            home.run()
    monkeypatch.undo()
    home.run()
    assert home.bytes_of(LAST) == whole


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_only_who_did_something_since_is_inferred_again(home: InferenceLake) -> None:
    home.run()
    before = home.bytes_of(LAST)
    home.deliver(NEXT, ["u01", "u02"])
    home.prepare(NEXT)
    assert home.run(NEXT)[0] == 2
    assert home.users(NEXT) == ["u01", "u02"]
    assert home.bytes_of(LAST) == before


def test_other_rules_infer_everybody_again(home: InferenceLake) -> None:
    home.run()
    home.deliver(NEXT, ["u01"])
    home.prepare(NEXT)
    assert home.run(NEXT, selection={"min_samples": 2, "min_similarity": -1.0})[0] == 40


def test_a_corrected_history_is_read_again(home: InferenceLake) -> None:
    home.run()
    day = LAST - timedelta(days=1)
    rows = home.lake.read(EVENTS, since=day, through=day)
    write(home.lake, EVENTS, day, rows.filter(pc.field("user_id") != "u03").to_pylist())
    home.deliver(NEXT, ["u01"])
    home.prepare(NEXT)
    home.run(NEXT)
    assert home.users(NEXT) == ["u01", "u03"]


@pytest.mark.parametrize("home", ["sqlite", "redis"], indirect=True)
def test_who_has_no_history_any_more_has_no_behaviors(home: InferenceLake) -> None:
    home.run()
    assert home.is_online("u05")
    for day in home.lake.days(EVENTS):
        rows = home.lake.read(EVENTS, since=day, through=day)
        write(home.lake, EVENTS, day, rows.filter(pc.field("user_id") != "u05").to_pylist())
    home.prepare(LAST)
    home.run()
    assert home.figures["withdrawn"] == 1
    assert "u05" not in home.users(LAST)
    assert not home.is_online("u05")
    assert home.is_online("u06")


def test_a_day_that_was_taken_back_leaves_nothing(home: InferenceLake) -> None:
    home.run()
    home.deliver(NEXT, ["u01"])
    home.prepare(NEXT)
    home.run(NEXT)
    home.lake.delete(EVENTS, NEXT)
    home.prepare(LAST)
    home.run(LAST)
    assert home.lake.days(INFERRED_BEHAVIORS) == home.lake.days(OUTCOMES) == [LAST]
    assert home.is_online("u01")


def test_an_earlier_day_does_not_replace_later_rows(home: InferenceLake) -> None:
    home.deliver(NEXT, ["u01"])
    home.prepare(NEXT)
    home.run(NEXT)
    home.prepare(LAST)
    assert home.run(LAST) == (0, 0)
    assert home.lake.days(INFERRED_BEHAVIORS) == [NEXT]


@pytest.mark.parametrize("home", ["sqlite", "redis"], indirect=True)
def test_switched_off_it_leaves_nothing_behind(home: InferenceLake) -> None:
    home.run()
    home.run(enabled=False)
    assert home.lake.days(INFERRED_BEHAVIORS) == home.lake.days(OUTCOMES) == []
    assert not home.is_online("u01")


def test_without_a_champion_nothing_is_inferred(home: InferenceLake) -> None:
    assert home.run(model_name="nobody") == (0, 0)
    assert home.lake.days(INFERRED_BEHAVIORS) == []


@pytest.mark.parametrize("home", ["sqlite", "redis"], indirect=True)
def test_no_byte_of_an_erased_user_is_left(home: InferenceLake) -> None:
    home.run()
    assert any("inferred_behaviors" in file for file in traces(home.root, "u09"))
    ErasureRequests(home.lake).add("u09", datetime.fromtimestamp(end_of(NEXT), UTC))
    forget(home.lake, config=home.config)
    assert traces(home.root, "u09") == []
    home.prepare(LAST)
    home.run()
    assert traces(home.root, "u09") == []
    assert not home.is_online("u09")
    assert home.is_online("u10")
