from __future__ import annotations

import multiprocessing
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest

from airloom.logs.lake import Lake
from airloom.write_ahead_log import LogFile
from model_service.outbox.event_log import IDS, EventLog
from model_service.outbox.event_records import EVENT_RECORDS, to_record
from model_service.outbox.id_index import IdIndex
from model_service.outbox.journal import Journal
from tests.model_service.landed_events import landed_event_ids
from tests.model_service.outbox.event_rows import event


@contextmanager
def opened(home: Path) -> Iterator[EventLog]:
    log = EventLog(Lake(home / "lake"), home / "journal")
    try:
        yield log
    finally:
        log.stop()


def unreadable(*_: object, **__: object) -> Iterator[pa.Table]:
    raise OSError("the lake is away")


def test_an_event_is_new_once(tmp_path: Path) -> None:
    with opened(tmp_path) as log:
        assert [new.event_id for new in log.append([event(1), event(2)])] == ["e1", "e2"]
        assert [new.event_id for new in log.append([event(2), event(3)])] == ["e3"]
        assert log.append([event(1), event(3)]) == []
        assert len(log.append([event(1, "somebody else")])) == 1
        assert log.append([]) == []
    assert landed_event_ids(Lake(tmp_path / "lake")) == {"e1": 2, "e2": 1, "e3": 1}


def test_a_restart_knows_what_was_landed(tmp_path: Path) -> None:
    for expected in (1, 0, 0):
        with opened(tmp_path) as log:
            assert len(log.append([event(1)])) == expected
    assert landed_event_ids(Lake(tmp_path / "lake")) == {"e1": 1}


def test_an_index_that_was_lost_is_read_from_the_lake(tmp_path: Path) -> None:
    with opened(tmp_path) as log:
        log.append([event(1)])
    shutil.rmtree(tmp_path / "journal")
    with opened(tmp_path) as log:
        assert [new.event_id for new in log.append([event(1), event(2)])] == ["e2"]


def test_an_index_whose_refill_was_cut_off_is_filled_by_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as log:
        log.append([event(1)])
    shutil.rmtree(tmp_path / "journal")
    with monkeypatch.context() as cut_off:
        cut_off.setattr(Lake, "row_groups", unreadable)
        with opened(tmp_path) as log:
            log.append([event(2)])
    with opened(tmp_path) as log:
        assert log.append([event(1), event(2)]) == []


@pytest.mark.parametrize("found_by_erasure", [False, True])
def test_an_index_that_is_damaged_while_it_is_used_is_filled_at_once(
    tmp_path: Path, found_by_erasure: bool
) -> None:
    with opened(tmp_path) as log:
        log.append([event(number) for number in range(1_000)])
        assert log.land()
        log.append([event(1_000)])
    with opened(tmp_path) as log:
        [file] = (tmp_path / "journal" / IDS).glob("*.sqlite")
        with file.open("r+b") as stream:
            stream.seek(4_096)
            stream.write(b"\xff" * (file.stat().st_size - 4_096))
        if found_by_erasure:
            log.forget("somebody")
        sent = [event(number) for number in range(1_002)]
        assert [new.event_id for new in log.append(sent)] == ["e1001"]


def test_a_segment_stays_until_its_ids_are_in_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with opened(tmp_path) as log:
        with monkeypatch.context() as on_a_full_disk:
            on_a_full_disk.setattr(IdIndex, "add", full)
            assert len(log.append([event(1)])) == 1
            assert not log.land()
            assert landed_event_ids(Lake(tmp_path / "lake")) == {"e1": 1}
        assert log.append([event(1)]) == []
        assert log.land()
    assert landed_event_ids(Lake(tmp_path / "lake")) == {"e1": 1}


def test_an_index_that_could_not_be_filled_at_the_start_is_filled_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as log:
        log.append([event(1)])
    shutil.rmtree(tmp_path / "journal")
    monkeypatch.setattr("model_service.outbox.event_log.REFILL_AGAIN_S", 0.0)
    with monkeypatch.context() as away:
        away.setattr(Lake, "row_groups", unreadable)
        log = EventLog(Lake(tmp_path / "lake"), tmp_path / "journal")
    assert log.append([event(1)]) == []
    log.stop()


def test_what_cannot_be_read_does_not_keep_the_service_from_starting(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(tmp_path) as log:
        log.append([event(1)])
    [file] = (tmp_path / "lake").rglob("live-*.parquet")
    file.write_bytes(b"no parquet")
    shutil.rmtree(tmp_path / "journal")
    (tmp_path / "journal" / "events" / "1-1-a.jsonl").mkdir(parents=True)
    with opened(tmp_path) as log:
        assert len(log.append([event(2)])) == 1
    assert "Ids of landed events could not be read: AirloomError" in caplog.text
    assert "Ids in 1-1-a.jsonl could not be read: IsADirectoryError" in caplog.text


def test_processes_that_share_the_folder_know_each_others_events(tmp_path: Path) -> None:
    with opened(tmp_path) as one, opened(tmp_path) as other:
        assert len(one.append([event(1)])) == 1
        assert other.append([event(1)]) == []
        assert len(other.append([event(2)])) == 1
        assert one.append([event(2), event(1)]) == []


def _send(home: str, numbers: list[int]) -> int:
    with opened(Path(home)) as log:
        return sum(len(log.append([event(number), event(number + 1)])) for number in numbers)


def test_each_event_counts_once_whoever_sends_it_at_the_same_time(tmp_path: Path) -> None:
    numbers = list(range(60))
    context = multiprocessing.get_context("spawn")
    with ThreadPoolExecutor(8) as threads, context.Pool(2) as processes:
        elsewhere = processes.starmap_async(_send, [(str(tmp_path), numbers)] * 2)
        with opened(tmp_path) as log:
            here = sum(
                threads.map(lambda number: len(log.append([event(number), event(number + 1)])), numbers * 3)
            )
        assert here + sum(elsewhere.get(120)) == 61
    assert landed_event_ids(Lake(tmp_path / "lake")) == {f"e{number}": 1 for number in range(61)}


@pytest.mark.parametrize("indexed", [False, True])
def test_an_event_of_a_process_that_was_killed_while_it_wrote_counts_once(
    tmp_path: Path, indexed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process, which lives all the time, is sent the event again."""
    program = f"""
        import os, signal
        from pathlib import Path
        from model_service.outbox.event_log import EventLog
        from model_service.outbox.id_index import IdIndex
        from tests.model_service.outbox.event_rows import event
        from airloom.logs.lake import Lake
        home = Path({str(tmp_path)!r})
        log = EventLog(Lake(home / "lake"), home / "journal")
        log.append([event(1)])
        add = IdIndex.add
        def die(index, keys):
            if {indexed}:
                add(index, keys)
            os.kill(os.getpid(), signal.SIGKILL)
        IdIndex.add = die
        log.append([event(2)])
    """
    flushed: list[str] = []
    monkeypatch.setattr("model_service.outbox.event_log.flush", lambda path: flushed.append(path.suffix))
    with opened(tmp_path) as log:
        victim = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)], cwd=Path.cwd(), check=False, timeout=300
        )
        assert victim.returncode == -signal.SIGKILL
        assert log.append([event(1), event(2)]) == []
        assert flushed == [EVENT_RECORDS.suffix]  # what is confirmed must be on the disk
        assert len(log.append([event(3)])) == 1
    assert landed_event_ids(Lake(tmp_path / "lake")) == {"e1": 1, "e2": 1, "e3": 1}


def test_what_a_killed_process_had_confirmed_is_known_before_it_is_landed(tmp_path: Path) -> None:
    """Also where the index lost it in a power cut."""
    folder = tmp_path / "journal" / "events"
    journal = Journal(Lake(tmp_path / "other"), EVENT_RECORDS, folder)
    journal.append([to_record(event(1))])
    [segment] = folder.iterdir()
    left = segment.read_bytes()
    journal.stop()
    segment.write_bytes(left + left[:20])
    with opened(tmp_path) as log:
        assert log.append([event(1)]) == []
    assert landed_event_ids(Lake(tmp_path / "lake")) == {"e1": 1}


def test_what_cannot_be_written_may_be_sent_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with opened(tmp_path) as log:
        with monkeypatch.context() as broken:
            broken.setattr(Journal, "append", full)
            with pytest.raises(OSError, match="No space left"):
                log.append([event(1)])
        assert len(log.append([event(1)])) == 1
    assert landed_event_ids(Lake(tmp_path / "lake")) == {"e1": 1}


@pytest.mark.parametrize(
    "broken_part", [(Journal, "append"), (IdIndex, "known"), (EventLog, "_read_journal")]
)
def test_an_error_of_one_turn_is_raised_in_each_of_its_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken_part: tuple[type, str]
) -> None:
    """Whatever it is: a call that returns says that its events are on the disk."""

    def broken(*_: object) -> None:
        raise MemoryError

    with opened(tmp_path) as log, ThreadPoolExecutor(2) as threads:
        (tmp_path / "journal" / "event_ids" / "lock").write_bytes(b"?")  # as a killed process leaves it
        with monkeypatch.context() as patch:
            patch.setattr(*broken_part, broken)
            with log._turn:
                calls = [threads.submit(log.append, [event(number)]) for number in (1, 2)]
                while len(log._waiting) < len(calls):
                    pass
            assert [type(call.exception(60)) for call in calls] == [MemoryError, MemoryError]
        assert len(log.append([event(1), event(2)])) == 2
    assert landed_event_ids(Lake(tmp_path / "lake")) == {"e1": 1, "e2": 1}


@pytest.mark.parametrize("landed_before", [False, True])
@pytest.mark.parametrize("failures", [1, 2, 3])
def test_an_event_whose_id_could_not_be_noted_counts_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failures: int, landed_before: bool
) -> None:
    """Also where the journal could not be read again in the next turn, whose own ids are noted or not."""
    add, left = IdIndex.add, iter(range(failures))

    def locked(index: IdIndex, keys: Iterable[bytes]) -> None:
        if next(left, None) is not None:
            raise sqlite3.OperationalError("database is locked")
        add(index, keys)

    with opened(tmp_path) as log:
        monkeypatch.setattr(IdIndex, "add", locked)
        assert len(log.append([event(1)])) == 1
        assert len(log.append([event(2)])) == 1
        if landed_before:
            assert log.land()
        assert log.append([event(1), event(2)]) == []
    assert landed_event_ids(Lake(tmp_path / "lake")) == {"e1": 1, "e2": 1}


def test_an_event_that_was_written_but_not_confirmed_counts_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with opened(tmp_path) as log:
        with monkeypatch.context() as patch:
            patch.setattr(LogFile, "sync", broken)
            with pytest.raises(OSError, match="Input/output error"):
                log.append([event(1)])
        assert log.append([event(1)]) == []
    assert landed_event_ids(Lake(tmp_path / "lake")) == {"e1": 1}


def test_without_its_index_no_event_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error of secret-name")

    with opened(tmp_path) as log:
        monkeypatch.setattr(IdIndex, "known", broken)
        monkeypatch.setattr(IdIndex, "add", broken)
        assert len(log.append([event(1, "secret-name")])) == 1
    assert landed_event_ids(Lake(tmp_path / "lake")) == {"e1": 1}
    assert "OperationalError" in caplog.text
    assert "secret-name" not in caplog.text


def test_the_ids_of_a_user_can_be_forgotten(tmp_path: Path) -> None:
    with opened(tmp_path) as log:
        log.append([event(1), event(1, "bo")])
        assert log.land()
        log.forget("u")
        assert len(log.append([event(1), event(1, "bo")])) == 1
