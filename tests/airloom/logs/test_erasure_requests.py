from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.logs.erasure_requests import ErasureRequests
from airloom.logs.lake import Lake
from tests.traces import traces

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = datetime(2026, 3, 4, 9, 30, 0, 17, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_a_request_is_open_until_it_is_noted_as_done(lake: Lake) -> None:
    erasures = ErasureRequests(lake)
    asked = erasures.add("ann", NOON)
    assert ErasureRequests(lake).open() == [asked]

    done = asked._replace(done_at=LATER, removed={"events": 3}, searched=12)
    erasures.write(done)

    assert ErasureRequests(lake).open() == []
    assert ErasureRequests(lake).all() == [done]


def test_no_file_names_the_user(lake: Lake) -> None:
    ErasureRequests(lake).add("ann-of-the-hill", NOON)
    assert traces(lake.path(), "ann-of-the-hill") == []


def test_asking_again_is_another_request_of_the_same_person(lake: Lake) -> None:
    erasures = ErasureRequests(lake)
    first, second = erasures.add("ann", NOON), erasures.add("ann", LATER)
    assert (
        first.user_digest
        == second.user_digest
        == ErasureRequests(lake).digest("ann")
        != erasures.digest("bo")
    )
    assert erasures.open() == [first, second]


def test_another_lake_knows_the_same_user_by_another_digest(tmp_path: Path) -> None:
    one, other = (ErasureRequests(Lake(tmp_path / name)) for name in ("one", "other"))
    assert one.digest("ann") != other.digest("ann")


def test_those_who_are_first_at_once_agree_on_the_key(lake: Lake) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: ErasureRequests(lake).digest("ann"), range(32)))) == 1
    assert [file.name for file in lake.path("erasures").iterdir()] == ["key"]
    assert lake.path("erasures", "key").stat().st_mode & 0o077 == 0


def test_a_lost_key_is_not_replaced_where_requests_depend_on_it(lake: Lake) -> None:
    ErasureRequests(lake).add("ann", NOON)
    lake.path("erasures", "key").unlink()
    with pytest.raises(AirloomError, match=r"erasures/key is gone"):
        ErasureRequests(lake).digest("ann")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"person": "x", "asked_at": "now"}'])
def test_a_file_that_is_no_request_is_named(lake: Lake, content: str) -> None:
    lake.path("erasures").mkdir()
    lake.path("erasures", "x.json").write_text(content, encoding="utf-8")
    with pytest.raises(AirloomError, match=r"x\.json is not an erasure request"):
        ErasureRequests(lake).all()


def test_a_damaged_key_is_not_believed(lake: Lake) -> None:
    ErasureRequests(lake).add("ann", NOON)
    lake.path("erasures", "key").write_bytes(b"")
    with pytest.raises(AirloomError, match=r"erasures/key is damaged: 0 bytes"):
        ErasureRequests(lake).digest("ann")
