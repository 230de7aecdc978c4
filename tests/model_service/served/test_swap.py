from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from airloom.errors import AirloomError
from airloom.ranking.baselines.popularity_ranker import PopularityRanker
from airloom.ranking.snapshot import Snapshot
from model_service.pages.engine import Engine
from model_service.pages.schema import RankRequest
from model_service.served.models import Registered
from model_service.served.swap import AGAIN_AFTER, WAITING_LOGGER, NotReadyError, Swap
from model_service.served.wanted import Wanted
from tests.model_service.pages.test_engine import AT, ONE, Broken, make_engine


class World:
    """Pointers that the test moves, and what comes of loading what they point to."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.version = "1"
        self.broken: set[str] = set()
        self.away = False
        self.loads: list[str] = []

    def look(self) -> Wanted:
        if self.away:
            raise AirloomError("The registry is away", do="Wait")
        return Wanted(ONE, "digest", (("air", Registered("airloom-ranker", self.version)),))

    def load(self, found: Wanted) -> Engine:
        version = found.models[0][1].version
        self.loads.append(version)
        if version in self.broken:
            return make_engine(self.snapshot, ranker=Broken("nan"))
        ranker = PopularityRanker(self.snapshot)
        ranker.version = f"v{version}"
        return make_engine(self.snapshot, ranker=ranker)


@pytest.fixture
def world(snapshot: Snapshot) -> World:
    return World(snapshot)


@pytest.fixture
def swap(world: World) -> Iterator[Swap]:
    made = Swap(world.look, world.load, seconds=3600)
    made.look()
    yield made
    made.stop()


def served(swap: Swap) -> str:
    return swap.engine.rank(RankRequest(user_id="nobody", at=AT)).model_version


def version(swap: Swap) -> str:
    return swap.engine.versions["only"]


def waits(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was said while nothing served."""
    return [record.message for record in caplog.records if record.name == WAITING_LOGGER]


def test_what_does_not_change_is_loaded_once(swap: Swap, world: World) -> None:
    for _ in range(5):
        swap.look()
    assert world.loads == ["1"]
    assert swap.refused is None


def test_a_moved_pointer_changes_what_serves_and_back(swap: Swap, world: World) -> None:
    assert version(swap) == "v1"
    world.version = "2"
    swap.look()
    assert version(swap) == "v2"
    assert swap.serving.alike == {"only": 1.0}
    world.version = "1"
    swap.look()
    assert version(swap) == "v1"


def test_what_does_not_work_is_refused_and_the_old_goes_on(swap: Swap, world: World) -> None:
    world.version, world.broken = "2", {"2"}
    swap.look()
    assert version(swap) == "v1"
    assert swap.refused is not None
    assert "broken failed on snapshot" in swap.refused.why
    since = swap.refused.at
    for _ in range(AGAIN_AFTER):
        swap.look()
    assert world.loads == ["1", "2"]  # it is not tried all the time
    swap.look()
    assert world.loads == ["1", "2", "2"]
    assert swap.refused.at == since
    world.version = "3"
    swap.look()
    assert version(swap) == "v3"
    assert swap.refused is None


def test_going_back_to_what_serves_takes_the_reason_away(swap: Swap, world: World) -> None:
    world.version, world.broken = "2", {"2"}
    swap.look()
    world.version = "1"
    swap.look()
    assert swap.refused is None
    assert world.loads == ["1", "2"]


def test_while_nobody_says_what_is_wanted_the_old_goes_on(swap: Swap, world: World) -> None:
    world.away = True
    swap.look()
    assert version(swap) == "v1"
    assert swap.refused is not None
    assert swap.refused.why == "The registry is away. Wait."
    world.away = False
    swap.look()
    assert swap.refused is None


def test_an_error_of_a_library_does_not_end_the_looking(swap: Swap, world: World) -> None:
    def dies(_: Wanted) -> Engine:
        raise MemoryError("no room")

    swap._load = dies
    world.version = "2"
    swap.look()
    assert swap.refused is not None
    assert swap.refused.why == "MemoryError: no room"
    assert version(swap) == "v1"


def test_until_something_works_nothing_serves_and_the_reason_is_said_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    swap = Swap(world.look, world.load)
    assert swap.waiting.why.startswith("The service has just started")
    world.away = True
    for _ in range(3):
        swap.look()
        with pytest.raises(NotReadyError, match=r"^The registry is away\. Wait\.$"):
            _ = swap.engine
    since = swap.waiting.at
    swap.look()
    assert swap.waiting.at == since
    world.away, world.broken = False, {"1"}
    swap.look()
    assert "broken failed on snapshot" in swap.waiting.why
    first, second = waits(caplog)
    assert first == "The registry is away. Wait. Looking again every 5 s."
    assert re.fullmatch(r".*broken failed on snapshot.* Looking again every 5 s\.", second)
    assert not swap.ready.done()
    world.version = "2"
    swap.look()
    assert swap.ready.done()
    assert version(swap) == "v2"
    assert swap.refused is None
    assert waits(caplog) == [first, second]


def test_what_is_refused_is_not_loaded_at_every_look_while_it_waits(world: World) -> None:
    world.broken = {"1"}
    swap = Swap(world.look, world.load)
    for _ in range(AGAIN_AFTER + 1):
        swap.look()
    assert world.loads == ["1"]
    swap.look()
    assert world.loads == ["1", "1"]


def test_while_the_first_is_loaded_that_is_what_it_says(world: World) -> None:
    said: list[str] = []

    def load(found: Wanted) -> Engine:
        said.append(swap.waiting.why)
        return world.load(found)

    swap = Swap(world.look, load)
    swap.look()
    assert said == ["Snapshot digest is being loaded. Ask again in a few seconds."]


def test_it_settles_once_before_the_first_serves(world: World) -> None:
    ready: list[bool] = []
    swap = Swap(world.look, world.load, settle=lambda: ready.append(swap.serving is not None))
    swap.look()
    world.version = "2"
    swap.look()
    assert version(swap) == "v2"
    assert ready == [False]


def test_an_error_of_many_lines_is_one(world: World, caplog: pytest.LogCaptureFixture) -> None:
    def dies(_: Wanted) -> Engine:
        raise ValueError("one\n\ntwo")

    swap = Swap(world.look, dies)
    swap.look()
    assert waits(caplog) == ["ValueError: one two. Looking again every 5 s."]


def test_a_look_that_hangs_does_not_keep_it_from_stopping(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_service.served.swap.STOP_SECONDS", 0.01)
    answered = threading.Event()

    def hangs() -> Wanted:
        answered.wait()
        return world.look()

    swap = Swap(hangs, world.load)
    swap.start()
    swap.stop()
    assert swap.serving is None
    answered.set()


def test_it_looks_by_itself_and_no_page_is_lost_or_mixed(
    world: World, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    swap = Swap(world.look, world.load, seconds=0.01)
    swap.start()
    swap.ready.result(60)
    stop, faults, pages = threading.Event(), [], 0

    def ask() -> None:
        nonlocal pages
        while not stop.is_set():
            engine = swap.engine
            try:
                assert served(swap) == "popularity"  # nobody has a past: the ladder begins there
                assert engine.versions["only"].startswith("v")
                pages += 1
            except Exception as error:  # noqa: BLE001 - told below
                faults.append(error)

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    for number in range(2, 12):
        world.version = str(number)
        eventually(lambda number=number: version(swap) == f"v{number}")  # type: ignore[misc]
    stop.set()
    for asker in askers:
        asker.join()
    swap.stop()
    assert faults == []
    assert pages > 10
    assert world.loads == [str(number) for number in range(1, 12)]
    time.sleep(0.05)
    assert len(world.loads) == 11  # stopped
