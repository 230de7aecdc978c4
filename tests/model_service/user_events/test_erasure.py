from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from airloom.logs.degradation import Degradation
from airloom.logs.erasure_requests import ErasureRequests
from airloom.logs.lake import Lake
from model_service.user_events.erasure import UserErasure
from model_service.user_events.recent_events import MemoryRecentEvents, RecentEvent

ANN = "ann-of-the-hill"


class Stores:
    """What `UserErasure` works on; each part may be broken."""

    def __init__(self, folder: Path) -> None:
        self.lake = Lake(folder)
        self.recent_events = MemoryRecentEvents()
        self.recent_events.add(ANN, [RecentEvent("e", 1, "view", "video")])
        self.online, self.ids = {ANN, "bo"}, {ANN, "bo"}
        self.landed = 0

    def erasure(self, *, land: bool = True, online: Callable[[str], None] | None = None) -> UserErasure:
        return UserErasure(
            erasures=ErasureRequests(self.lake),
            recent_events=self.recent_events,
            erase_online=online or self.online.discard,
            erase_ids=[refuse, self.ids.discard],
            land=[self._land, lambda: land, self._land],
        )

    def _land(self) -> bool:
        self.landed += 1
        return True


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    return Stores(tmp_path)


def refuse(*_: object) -> None:
    raise ConnectionError(ANN)


def test_what_is_read_online_is_gone_at_once_and_the_rest_is_asked_for(stores: Stores) -> None:
    result = stores.erasure()(ANN)
    assert result.degraded == []
    assert stores.recent_events.read(ANN).events == []
    assert stores.online == stores.ids == {"bo"}
    assert stores.landed == 2
    (asked,) = ErasureRequests(stores.lake).open()
    assert asked.asked_at == result.asked_at


def test_nobody_learns_whether_a_user_was_known(stores: Stores) -> None:
    known, unknown = stores.erasure()(ANN), stores.erasure()("nobody")
    assert known.model_dump(exclude={"asked_at"}) == unknown.model_dump(exclude={"asked_at"})


def test_what_is_broken_is_named_and_the_request_stands(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(stores.recent_events, "erase", refuse)
    with caplog.at_level(logging.DEBUG):
        result = stores.erasure(online=refuse, land=False)(ANN)
    assert result.degraded == [Degradation.LIVE_EVENTS, Degradation.USER_STORE, Degradation.LOGS]
    assert result.asked_at is not None
    assert stores.landed == 2  # what can be landed is, whatever the others say
    assert len(ErasureRequests(stores.lake).open()) == 1
    assert caplog.records
    assert ANN not in caplog.text


def test_a_request_that_cannot_be_noted_is_not_called_done(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("airloom.logs.erasure_requests.write_text", full)
    result = stores.erasure()(ANN)
    assert (result.asked_at, result.degraded) == (None, [Degradation.ERASURE_RECORD])
    assert stores.recent_events.read(ANN).events  # sent again, all of it is done
    assert ANN not in caplog.text
