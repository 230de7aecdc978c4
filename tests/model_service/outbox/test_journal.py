from __future__ import annotations

import fcntl
import os
import resource
import signal
import subprocess
import sys
import textwrap
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake
from model_service.outbox.event_records import EVENT_RECORDS
from model_service.outbox.journal import Journal
from tests.model_service.outbox.event_rows import AT, row


def landed(lake: Lake) -> list[str]:
    table = lake.landing(EVENTS)
    return (
        sorted(
            user for day in lake.days(table) for user in lake.read(table, since=day)["user_id"].to_pylist()
        )
        if lake.days(table)
        else []
    )


def journal(tmp_path: Path, *, lake: Lake | None = None, seconds: float = 60.0) -> Journal:
    return Journal(
        lake or Lake(tmp_path / "lake"), EVENT_RECORDS, tmp_path / "journal", flush_seconds=seconds
    )


def test_rows_are_in_the_lake_by_their_own_day_after_a_clean_stop(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    mine = journal(tmp_path, lake=lake)
    mine.append([row(1), row(2, datetime(2026, 2, 28, 23, tzinfo=UTC))])
    mine.append([row(3)])
    mine.stop()
    table = lake.landing(EVENTS)
    assert [str(day) for day in lake.days(table)] == ["2026-02-28", "2026-03-01"]
    rows = lake.read(table, since=AT.date())
    assert rows["user_id"].to_pylist() == ["u1", "u3"]
    assert rows["ts"].to_pylist()[0] == AT.replace(microsecond=1)
    assert rows["quantity"].to_pylist() == [None, None]
    assert list((tmp_path / "journal").iterdir()) == []


def test_rows_come_to_the_lake_while_it_runs(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    mine = journal(tmp_path, lake=lake, seconds=0.05)
    for number in range(20):
        mine.append([row(number)])
    waited = threading.Event()
    for _ in range(200):
        if len(landed(lake)) == 20:
            break
        waited.wait(0.05)
    assert len(landed(lake)) == 20
    mine.stop()
    assert len(landed(lake)) == 20


def test_what_a_killed_process_had_confirmed_is_landed_by_the_next_one(tmp_path: Path) -> None:
    program = f"""
        from pathlib import Path
        from airloom.logs.lake import Lake
        from model_service.outbox.event_records import EVENT_RECORDS
        from model_service.outbox.journal import Journal
        from tests.model_service.outbox.event_rows import row
        lake, folder = Lake({str(tmp_path / "lake")!r}), Path({str(tmp_path / "journal")!r})
        journal = Journal(lake, EVENT_RECORDS, folder)
        number = 0
        while True:
            journal.append([row(number)])
            print(number, flush=True)
            number += 1
    """
    victim = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, cwd=Path.cwd()
    )
    assert victim.stdout is not None
    confirmed = [int(victim.stdout.readline()) for _ in range(50)]
    os.kill(victim.pid, signal.SIGKILL)
    confirmed += [int(line) for line in victim.stdout.read().split()]
    victim.wait()
    lake = Lake(tmp_path / "lake")
    assert landed(lake) == []
    journal(tmp_path, lake=lake).stop()
    rows = landed(lake)
    assert {f"u{number}" for number in confirmed} <= set(rows)
    assert len(rows) == len(set(rows))


def test_a_line_that_a_crash_cut_off_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    whole = b'{"user_id":"a","ts":1772000000000000,"domain":"content","action":"view","object_id":"v"}\n'
    (tmp_path / "journal" / "1-1-x.jsonl").write_bytes(whole + whole[:40])
    lake = Lake(tmp_path / "lake")
    journal(tmp_path, lake=lake).stop()
    assert landed(lake) == ["a"]


def test_the_segment_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    first = journal(tmp_path, lake=lake)
    first.append([row(1)])
    journal(tmp_path, lake=lake).stop()
    assert landed(lake) == []
    first.append([row(2)])
    first.stop()
    assert landed(lake) == ["u1", "u2"]


def test_what_the_lake_does_not_take_waits_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path / "lake")

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr(Lake, "write", full)
        mine = journal(tmp_path, lake=lake)
        mine.append([row(1)])
        mine.stop()
    assert landed(lake) == []
    journal(tmp_path, lake=lake).stop()
    assert landed(lake) == ["u1"]


def test_many_threads_lose_nothing(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    mine = journal(tmp_path, lake=lake, seconds=0.01)

    def write(first: int) -> None:
        for number in range(first, first + 25):
            mine.append([row(number)])

    threads = [threading.Thread(target=write, args=(1000 * number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    mine.stop()
    assert len(landed(lake)) == len(set(landed(lake))) == 200


def test_a_segment_that_is_landed_before_it_is_locked_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path / "lake")
    mine, other = journal(tmp_path, lake=lake), journal(tmp_path, lake=lake)
    lock = fcntl.flock
    early = iter([True])

    def late(file: Any, how: int) -> None:
        if how == fcntl.LOCK_EX and next(early, False):
            assert other.land()
        lock(file, how)

    monkeypatch.setattr("airloom.write_ahead_log.fcntl.flock", late)
    mine.append([row(1)])
    assert next(early, None) is None
    mine.stop()
    other.stop()
    assert landed(lake) == ["u1"]


def test_others_may_not_read_what_users_did(tmp_path: Path) -> None:
    mine = journal(tmp_path)
    mine.append([row(1)])
    (segment,) = (tmp_path / "journal").iterdir()
    assert segment.stat().st_mode & 0o077 == 0
    mine.stop()


def test_after_a_disk_was_full_the_rest_lands_and_nothing_that_was_refused(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    mine = journal(tmp_path, lake=lake)
    mine.append([row(1)])
    (segment,) = (tmp_path / "journal").iterdir()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (segment.stat().st_size + 10, limits[1]))
    try:
        for number in range(2, 5):
            with pytest.raises(OSError, match="File too large"):
                mine.append([row(number)])
        mine.land()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    mine.append([row(5)])
    assert mine.land()
    mine.append([row(6)])
    mine.stop()
    assert landed(lake) == ["u1", "u5", "u6"]


def test_lines_that_are_no_rows_are_put_aside_and_the_others_land(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    whole = b'{"user_id":"a","ts":1772000000000000,"domain":"content","action":"view","object_id":"v"}\n'
    bad = [b"soup\n", b'{"ts":"soup"}\n', b'{"user_id":"b"}\n', b"\xff\n"]
    (tmp_path / "journal" / "1-1-x.jsonl").write_bytes(whole + b"".join(bad) + whole.replace(b'"a"', b'"c"'))
    lake = Lake(tmp_path / "lake")
    journal(tmp_path, lake=lake).stop()
    assert landed(lake) == ["a", "c"]
    (aside,) = (tmp_path / "journal").iterdir()
    assert aside.name == "1-1-x.damaged"
    assert aside.read_bytes() == b"".join(bad)


def test_a_disk_that_cannot_be_flushed_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path / "lake")
    mine = journal(tmp_path, lake=lake)
    mine.append([row(1)])
    with monkeypatch.context() as broken:

        def full(_: int) -> None:
            raise OSError(5, "Input/output error")

        broken.setattr(os, "fdatasync", full)
        assert not mine.land()
    assert mine.land()
    assert landed(lake) == ["u1"]
    mine.stop()
