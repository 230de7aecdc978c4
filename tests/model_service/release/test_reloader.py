from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from airloom.ranking.snapshot import Snapshot
from model_service.api.rank import RankRequest
from model_service.engine.engine import Engine
from model_service.release.desired import DesiredRelease
from model_service.release.reloader import POLLS_BEFORE_RETRY, WAITING_LOGGER, NotReadyError, ReleaseReloader
from tests.model_service.engine.small_engine import AT
from tests.model_service.release.release_double import ReleaseDouble


@pytest.fixture
def world(snapshot: Snapshot) -> ReleaseDouble:
    return ReleaseDouble(snapshot)


@pytest.fixture
def reloader(world: ReleaseDouble) -> Iterator[ReleaseReloader]:
    made = ReleaseReloader(world.poll, world.load, poll_seconds=3600)
    made.poll()
    yield made
    made.stop()


def served(reloader: ReleaseReloader) -> str:
    return reloader.engine.rank(RankRequest(user_id="nobody", at=AT)).model_version


def version(reloader: ReleaseReloader) -> str:
    return reloader.engine.versions["only"]


def waits(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was said while nothing served."""
    return [record.message for record in caplog.records if record.name == WAITING_LOGGER]


def test_what_does_not_change_is_loaded_once(reloader: ReleaseReloader, world: ReleaseDouble) -> None:
    for _ in range(5):
        reloader.poll()
    assert world.loads == ["1"]
    assert reloader.rejected is None


def test_a_moved_pointer_changes_what_serves_and_back(
    reloader: ReleaseReloader, world: ReleaseDouble
) -> None:
    assert version(reloader) == "v1"
    world.version = "2"
    reloader.poll()
    assert version(reloader) == "v2"
    assert reloader.serving is not None
    assert reloader.serving.overlap_at_10 == {"only": 1.0}
    world.version = "1"
    reloader.poll()
    assert version(reloader) == "v1"


def test_what_does_not_work_is_refused_and_the_old_goes_on(
    reloader: ReleaseReloader, world: ReleaseDouble
) -> None:
    world.version, world.broken = "2", {"2"}
    reloader.poll()
    assert version(reloader) == "v1"
    assert reloader.rejected is not None
    assert "broken failed on snapshot" in reloader.rejected.why
    since = reloader.rejected.at
    for _ in range(POLLS_BEFORE_RETRY):
        reloader.poll()
    assert world.loads == ["1", "2"]  # it is not tried all the time
    reloader.poll()
    assert world.loads == ["1", "2", "2"]
    assert reloader.rejected.at == since
    world.version = "3"
    reloader.poll()
    assert version(reloader) == "v3"
    assert reloader.rejected is None


def test_going_back_to_what_serves_takes_the_reason_away(
    reloader: ReleaseReloader, world: ReleaseDouble
) -> None:
    world.version, world.broken = "2", {"2"}
    reloader.poll()
    world.version = "1"
    reloader.poll()
    assert reloader.rejected is None
    assert world.loads == ["1", "2"]


def test_while_nobody_says_what_is_wanted_the_old_goes_on(
    reloader: ReleaseReloader, world: ReleaseDouble
) -> None:
    world.away = True
    reloader.poll()
    assert version(reloader) == "v1"
    assert reloader.rejected is not None
    assert reloader.rejected.why == "The registry is away. Wait."
    world.away = False
    reloader.poll()
    assert reloader.rejected is None


def test_an_error_of_a_library_does_not_end_the_looking(
    reloader: ReleaseReloader, world: ReleaseDouble
) -> None:
    def dies(_: DesiredRelease) -> Engine:
        raise MemoryError("no room")

    reloader._load = dies
    world.version = "2"
    reloader.poll()
    assert reloader.rejected is not None
    assert reloader.rejected.why == "MemoryError: no room"
    assert version(reloader) == "v1"


def test_until_something_works_nothing_serves_and_the_reason_is_said_once(
    world: ReleaseDouble, caplog: pytest.LogCaptureFixture
) -> None:
    reloader = ReleaseReloader(world.poll, world.load)
    assert reloader.waiting.why.startswith("The service has just started")
    world.away = True
    for _ in range(3):
        reloader.poll()
        with pytest.raises(NotReadyError, match=r"^The registry is away\. Wait\.$"):
            _ = reloader.engine
    since = reloader.waiting.at
    reloader.poll()
    assert reloader.waiting.at == since
    world.away, world.broken = False, {"1"}
    reloader.poll()
    assert "broken failed on snapshot" in reloader.waiting.why
    first, second = waits(caplog)
    assert first == "The registry is away. Wait. Looking again every 5 s."
    assert re.fullmatch(r".*broken failed on snapshot.* Looking again every 5 s\.", second)
    assert not reloader.ready.done()
    world.version = "2"
    reloader.poll()
    assert reloader.ready.done()
    assert version(reloader) == "v2"
    assert reloader.rejected is None
    assert waits(caplog) == [first, second]


def test_what_is_refused_is_not_loaded_at_every_look_while_it_waits(world: ReleaseDouble) -> None:
    world.broken = {"1"}
    reloader = ReleaseReloader(world.poll, world.load)
    for _ in range(POLLS_BEFORE_RETRY + 1):
        reloader.poll()
    assert world.loads == ["1"]
    reloader.poll()
    assert world.loads == ["1", "1"]


def test_while_the_first_is_loaded_that_is_what_it_says(world: ReleaseDouble) -> None:
    messages: list[str] = []

    def load(desired: DesiredRelease) -> Engine:
        assert starting.waiting is not None
        messages.append(starting.waiting.why)
        return world.load(desired)

    starting = ReleaseReloader(world.poll, load)
    starting.poll()
    assert messages == ["Snapshot digest is being loaded. Ask again in a few seconds."]


def test_it_settles_once_before_the_first_serves(world: ReleaseDouble) -> None:
    ready: list[bool] = []
    starting = ReleaseReloader(
        world.poll, world.load, warm_up=lambda: ready.append(starting.serving is not None)
    )
    starting.poll()
    world.version = "2"
    starting.poll()
    assert version(starting) == "v2"
    assert ready == [False]


def test_an_error_of_many_lines_is_one(world: ReleaseDouble, caplog: pytest.LogCaptureFixture) -> None:
    def dies(_: DesiredRelease) -> Engine:
        raise ValueError("one\n\ntwo")

    reloader = ReleaseReloader(world.poll, dies)
    reloader.poll()
    assert waits(caplog) == ["ValueError: one two. Looking again every 5 s."]


def test_a_look_that_hangs_does_not_keep_it_from_stopping(
    world: ReleaseDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_service.release.reloader.STOP_SECONDS", 0.01)
    answered = threading.Event()

    def hangs() -> DesiredRelease:
        answered.wait()
        return world.poll()

    reloader = ReleaseReloader(hangs, world.load)
    reloader.start()
    reloader.stop()
    assert reloader.serving is None
    answered.set()


def test_it_looks_by_itself_and_no_page_is_lost_or_mixed(
    world: ReleaseDouble, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    reloader = ReleaseReloader(world.poll, world.load, poll_seconds=0.01)
    reloader.start()
    reloader.ready.result(60)
    stop, faults, pages = threading.Event(), [], 0

    def ask() -> None:
        nonlocal pages
        while not stop.is_set():
            engine = reloader.engine
            try:
                assert served(reloader) == "popularity"  # nobody has a past: the ladder begins there
                assert engine.versions["only"].startswith("v")
                pages += 1
            except Exception as error:  # noqa: BLE001 - told below
                faults.append(error)

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    for number in range(2, 12):
        world.version = str(number)
        eventually(lambda number=number: version(reloader) == f"v{number}")  # type: ignore[misc]
    stop.set()
    for asker in askers:
        asker.join()
    reloader.stop()
    assert faults == []
    assert pages > 10
    assert world.loads == [str(number) for number in range(1, 12)]
    time.sleep(0.05)
    assert len(world.loads) == 11  # stopped
