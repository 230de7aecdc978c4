from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from model_service.api.rank import RankRequest, RankResponse
from model_service.outbox import page_ids as page_ids_module
from model_service.outbox.id_index import IdIndex
from model_service.outbox.page_ids import KEPT_S, PageIds, RequestIdUsedError
from tests.model_service.stopped_clock import StoppedClock


class Pages:
    """Makes pages and counts them."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, request: RankRequest) -> RankResponse:
        self.made += 1
        return RankResponse(
            request_id=request.request_id or f"own-{self.made}",
            experiment="e",
            variant="v",
            model_version=f"m-{self.made}",
            snapshot_digest="d",
            degraded=[],
            items=[],
        )


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(0)


@pytest.fixture
def page_ids(tmp_path: Path, clock: StoppedClock) -> Iterator[PageIds]:
    opened = PageIds(tmp_path, clock=clock)
    yield opened
    opened.close()


def asked(request_id: str | None = "r", user: str = "u", **fields: object) -> RankRequest:
    return RankRequest.model_validate({"user_id": user, "request_id": request_id} | fields)


def test_the_same_request_gets_the_same_page(page_ids: PageIds) -> None:
    pages = Pages()
    first = page_ids.answer(asked(), pages)
    assert page_ids.answer(asked(), pages) is first
    assert pages.made == 1


@pytest.mark.parametrize("other", [asked(user="w"), asked(k=5), asked(candidates=["p"])])
def test_another_request_with_its_id_is_refused(page_ids: PageIds, other: RankRequest) -> None:
    pages = Pages()
    page_ids.answer(asked(), pages)
    with pytest.raises(RequestIdUsedError, match="used for another page"):
        page_ids.answer(other, pages)
    assert pages.made == 1


def test_pages_without_an_id_and_previews_are_always_made(page_ids: PageIds) -> None:
    pages = Pages()
    for request in (asked(None), asked(preview_variant="v"), asked()):
        page_ids.answer(request, pages)
        if request != asked():
            page_ids.answer(request, pages)
    assert pages.made == 5


def test_an_id_is_used_in_other_processes_and_after_a_restart(page_ids: PageIds, tmp_path: Path) -> None:
    pages = Pages()
    page_ids.answer(asked(), pages)
    other = PageIds(tmp_path)
    with pytest.raises(RequestIdUsedError):
        other.answer(asked(), pages)
    other.answer(asked("s"), pages)
    with pytest.raises(RequestIdUsedError):
        page_ids.answer(asked("s"), pages)
    other.close()


def test_a_page_is_kept_for_some_minutes(
    page_ids: PageIds, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = Pages()
    page_ids.answer(asked(), pages)
    clock.seconds = KEPT_S
    page_ids.answer(asked(), pages)
    clock.seconds = KEPT_S + 1
    with pytest.raises(RequestIdUsedError):
        page_ids.answer(asked(), pages)
    monkeypatch.setattr(page_ids_module, "MAX_KEPT_PAGES", 1)
    page_ids.answer(asked("s"), pages)
    page_ids.answer(asked("t"), pages)
    with pytest.raises(RequestIdUsedError):
        page_ids.answer(asked("s"), pages)
    assert pages.made == 3


def test_a_page_that_could_not_be_made_may_be_asked_for_again(page_ids: PageIds) -> None:
    def fails(_: RankRequest) -> RankResponse:
        raise KeyError

    with pytest.raises(KeyError):
        page_ids.answer(asked(), fails)
    assert page_ids.answer(asked(), Pages()).request_id == "r"


def test_a_user_who_is_forgotten_is_in_no_kept_page(page_ids: PageIds) -> None:
    pages = Pages()
    page_ids.answer(asked("r"), pages)
    page_ids.answer(asked("s", "w"), pages)
    page_ids.forget("u")
    page_ids.answer(asked("s", "w"), pages)
    with pytest.raises(RequestIdUsedError):
        page_ids.answer(asked("r"), pages)
    assert pages.made == 2


def test_a_page_is_made_where_nobody_knows_its_id(
    page_ids: PageIds, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> bool:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(IdIndex, "claim", broken)
    assert page_ids.answer(asked(), Pages()).request_id == "r"
    assert "Ids of pages cannot be looked up: OperationalError" in caplog.text
