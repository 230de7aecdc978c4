from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from model_service.outbox.id_index import KEYS_AT_ONCE, IdIndex, key_part

DAYS = timedelta(days=7)
KEYS = [number.to_bytes(16) for number in range(10)]


class Calendar:
    """A day that a test may turn."""

    def __init__(self) -> None:
        self.day = date(2026, 3, 1)

    def __call__(self) -> date:
        return self.day


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def index(tmp_path: Path, calendar: Calendar) -> Iterator[IdIndex]:
    opened = IdIndex(tmp_path, days=DAYS, today=calendar)
    yield opened
    opened.close()


def test_what_was_added_is_known(index: IdIndex) -> None:
    index.add(KEYS[:3])
    index.add(KEYS[2:4])
    assert index.known(KEYS) == set(KEYS[:4])
    assert index.known([]) == set()


def test_there_may_be_more_keys_than_one_transaction_or_query_takes(index: IdIndex) -> None:
    many = [number.to_bytes(16) for number in range(2 * KEYS_AT_ONCE + 1)]
    index.add(many)
    assert index.known([*many, b"other"]) == set(many)


def test_a_process_knows_what_another_added(index: IdIndex, tmp_path: Path, calendar: Calendar) -> None:
    other = IdIndex(tmp_path, days=DAYS, today=calendar)
    other.add(KEYS[:1])
    assert index.known(KEYS) == {KEYS[0]}
    index.add(KEYS[1:2])
    assert other.known(KEYS) == set(KEYS[:2])
    calendar.day += timedelta(days=1)
    other.add(KEYS[2:3])
    assert index.known(KEYS) == set(KEYS[:3])
    other.close()


def test_a_key_is_kept_for_days_and_its_file_goes_then(
    index: IdIndex, tmp_path: Path, calendar: Calendar
) -> None:
    index.add(KEYS[:1])
    calendar.day += DAYS
    index.add(KEYS[1:2])
    index.sync()
    index.drop_expired()
    assert index.known(KEYS) == set(KEYS[:2])
    calendar.day += timedelta(days=1)
    assert index.known(KEYS) == {KEYS[1]}
    index.drop_expired()
    assert {file.name[:14] for file in tmp_path.iterdir()} == {"ids-2026-03-08", "ids-2026-03-09"}


def test_sync_waits_for_what_was_added_before_midnight(
    index: IdIndex, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    monkeypatch.setattr("model_service.outbox.id_index.flush", lambda path: flushed.append(path.name))
    index.add(KEYS[:1])
    calendar.day += timedelta(days=1)
    index.add(KEYS[1:2])
    index.sync()
    assert {"ids-2026-03-01.sqlite-wal", "ids-2026-03-02.sqlite-wal"} <= set(flushed)


def test_one_of_those_who_claim_a_key_gets_it(index: IdIndex, tmp_path: Path, calendar: Calendar) -> None:
    other = IdIndex(tmp_path, days=DAYS, today=calendar)
    assert index.claim(KEYS[0])
    assert not index.claim(KEYS[0])
    assert not other.claim(KEYS[0])
    calendar.day += DAYS
    assert not other.claim(KEYS[0])
    calendar.day += timedelta(days=1)
    assert other.claim(KEYS[0])
    other.close()


def test_keys_of_one_user_can_be_removed(index: IdIndex, calendar: Calendar) -> None:
    ann, bo = (key_part(name) for name in ("ann", "bo"))
    index.add([ann + key_part("1"), bo + key_part("1")])
    calendar.day += timedelta(days=1)
    index.add([ann + key_part("2")])
    index.erase(ann)
    assert index.known([user + key_part(event) for user in (ann, bo) for event in "12"]) == {
        bo + key_part("1")
    }


def test_the_files_name_nobody(index: IdIndex, tmp_path: Path) -> None:
    index.add([key_part("ann-of-the-hill") + key_part("event-of-ann")])
    index.close()
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"ann" not in content
    assert key_part("ann-of-the-hill") in content


def test_it_is_incomplete_until_its_owner_has_filled_it(tmp_path: Path, calendar: Calendar) -> None:
    first = IdIndex(tmp_path, days=DAYS, today=calendar)
    first.add(KEYS[:5])
    first.close()  # killed in the middle, say
    second = IdIndex(tmp_path, days=DAYS, today=calendar)
    assert second.incomplete
    second.add(KEYS)
    second.declare_complete()
    second.close()
    assert not IdIndex(tmp_path, days=DAYS, today=calendar).incomplete


def test_a_file_that_is_no_database_is_begun_anew(
    tmp_path: Path, calendar: Calendar, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / f"ids-{calendar.day}.sqlite").write_bytes(b"no database " * 1_000)
    index = IdIndex(tmp_path, days=DAYS, today=calendar)
    index.declare_complete()
    assert index.known(KEYS) == set()
    assert index.incomplete
    index.add(KEYS)
    assert index.known(KEYS) == set(KEYS)
    assert "is damaged and was begun anew" in caplog.text
    index.close()
    assert b"no database" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_a_page_that_is_damaged_costs_its_file_only_and_shows_in_every_process(
    tmp_path: Path, calendar: Calendar
) -> None:
    many = [key_part(str(number), size=16) for number in range(2_000)]
    first = IdIndex(tmp_path, days=DAYS, today=calendar)
    first.add(many[:1_000])
    calendar.day += timedelta(days=1)
    first.add(many[1_000:])
    first.close()
    index, other = (IdIndex(tmp_path, days=DAYS, today=calendar) for _ in range(2))
    index.declare_complete()
    file = tmp_path / "ids-2026-03-01.sqlite"
    with file.open("r+b") as stream:
        stream.seek(4_096)
        stream.write(b"\xff" * (file.stat().st_size - 4_096))
    assert other.known(many[1_000:1_001]) == {many[1_000]}
    assert index.known(many) == set(many[1_000:])
    assert other.incomplete
    index.add(many[:1_000])
    assert other.known(many) == set(many)
    index.close()
    other.close()


def test_a_folder_that_cannot_be_written_is_an_error(index: IdIndex, tmp_path: Path) -> None:
    index.close()
    (tmp_path / "ids-2026-03-01.sqlite").mkdir()
    with pytest.raises(sqlite3.Error):
        index.add(KEYS)
