from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS, EXPOSURES, LOG_TABLES, OBJECTS, USERS, Table
from airloom.logs.erasure_requests import ErasureRequests
from airloom.logs.lake import Lake
from airloom.logs.quarantine import quarantine
from airloom.logs.rules import LogRules
from components.validate_logs.validation import ValidationResult, validate
from tests.components.validate_logs.conftest import Deliver, MakeRow

DAY = date(2026, 3, 2)
NEXT = DAY + timedelta(days=1)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NAN = float("nan")


def run(lake: Lake, *, day: date = DAY, **rules: Any) -> ValidationResult:
    return validate(lake, day=day, rules=LogRules(**rules), docs=lake.path("docs"))


def bytes_of(lake: Lake) -> dict[str, bytes]:
    """Every clean and quarantined file of a lake, by its path."""
    files = {str(file.relative_to(lake.path())): file for file in lake.path().rglob("*.parquet")}
    return {name: file.read_bytes() for name, file in sorted(files.items()) if not name.startswith("landing")}


def reasons_of(lake: Lake, table: Table = EVENTS) -> list[str]:
    return lake.read(quarantine(table))["reason"].to_pylist()


def test_clean_logs_become_clean_tables_and_a_report(landed: Lake) -> None:
    outcome = run(landed)

    assert outcome.landed == {"objects": 2, "users": 10, "events": 200, "exposures": 0}
    assert sum(outcome.quarantined.values()) == 0
    assert outcome.validated == 3
    assert landed.read(EVENTS).num_rows == 200
    assert landed.days(quarantine(EVENTS)) == []
    report = landed.path("docs", "index.html").read_text(encoding="utf-8")
    assert "212 rows were checked in the run of 2026-03-02; the run went on" in report


def test_an_event_sent_again_counts_once_and_never_stops_a_day(
    landed: Lake, deliver: Deliver, order: MakeRow
) -> None:
    bought = [order(10_000 + n, event_id=f"e{n}", user_id="u1") for n in range(60)]
    again = [row | {"ts": row["ts"] + timedelta(minutes=5)} for row in bought]  # `at` was left out
    deliver(EVENTS, bought + again, file="b")
    tomorrow = [row | {"ts": row["ts"] + timedelta(days=1)} for row in bought]
    deliver(EVENTS, [*tomorrow, order(1, event_id="new", ts=NOON + timedelta(days=1))], day=NEXT)

    outcome = run(landed, day=NEXT)

    assert landed.read(EVENTS).num_rows == 261
    assert (outcome.quarantined["events"], outcome.set_aside["events"]) == (0, 120)
    assert set(reasons_of(landed)) == {"the event was delivered before, with the same user_id and event_id"}
    before = bytes_of(landed)
    for day in (DAY, NEXT):
        landed.delete(EVENTS, day)
    run(landed, day=NEXT, rows_at_once=100)  # one day after the other
    assert bytes_of(landed) == before


def test_an_event_whose_first_row_is_withdrawn_counts_where_it_came_again(
    landed: Lake, deliver: Deliver, order: MakeRow
) -> None:
    first = order(10_000, event_id="e")
    deliver(EVENTS, [first], file="b")
    deliver(EVENTS, [first | {"ts": first["ts"] + timedelta(days=1)}] * 2, day=NEXT)
    deliver(EVENTS, [order(1, ts=NOON + timedelta(days=1))], day=NEXT, file="b")
    run(landed, day=NEXT)
    assert landed.read(EVENTS, since=NEXT)["event_id"].to_pylist() == [None]

    landed.path("landing", "events", f"dt={DAY}", "b.parquet").unlink()

    run(landed, day=NEXT)
    assert landed.read(EVENTS, since=NEXT)["event_id"].to_pylist() == [None, "e"]


def test_a_full_catalogue_may_come_as_often_as_it_likes_and_the_newest_row_counts(
    landed: Lake, deliver: Deliver
) -> None:
    for hour in (0, 6, 12, 18):
        rows = [
            {"object_id": f"p{n}", "domain": "commerce", "title": "bed", "price": hour + 1.0}
            for n in range(2, 60)
        ]
        deliver(OBJECTS, rows, file=f"catalogue-{hour}")

    outcome = run(landed)

    assert set(landed.read(OBJECTS)["price"].to_pylist()) == {None, 29.5, 19.0}
    assert (outcome.quarantined["objects"], outcome.set_aside["objects"]) == (0, 3 * 58)
    assert landed.days(quarantine(OBJECTS)) == []


def test_a_day_that_was_never_delivered_is_said_and_stops_nothing(
    landed: Lake, deliver: Deliver, event: MakeRow
) -> None:
    last = DAY + timedelta(days=2)
    deliver(EVENTS, [event(n, ts=NOON + timedelta(days=2, seconds=n)) for n in range(200)], day=last)

    assert run(landed, day=last).missing_days == [NEXT]

    page = landed.path("docs", "index.html")
    assert f"The landing zone has no events of {NEXT}. If there" in page.read_text(encoding="utf-8")


def test_files_that_would_be_overlooked_stop_the_run(landed: Lake) -> None:
    _file(landed).with_name("x.pq").write_bytes(_file(landed).read_bytes())
    with pytest.raises(AirloomError, match=r"1 file that is not read: events/dt=2026-03-02/x\.pq"):
        run(landed)
    assert landed.days(EVENTS) == []


def test_a_day_in_folders_is_read_whole(landed: Lake) -> None:
    rows = pq.read_table(_file(landed), partitioning=None)
    for hour, name in ((0, "part-0.parquet"), (12, "PART-0.PARQUET")):
        folder = _file(landed).with_name(f"hour={hour:02}")
        folder.mkdir()
        pq.write_table(rows.slice(100 if hour else 0, 100), folder / name)
    _file(landed).unlink()
    assert run(landed).landed["events"] == 200
    assert landed.read(EVENTS).num_rows == 200


def test_exposures_are_validated_too(landed: Lake, deliver: Deliver) -> None:
    shown = {"request_id": "r", "ts": NOON, "user_id": "u1", "experiment": "e", "variant": "a", "position": 0,
             "object_id": "p1", "score": 0.5, "model_version": "1", "snapshot_digest": "d"}  # fmt: skip
    deliver(EXPOSURES, [shown, shown, shown | {"position": -1}, shown | {"position": 1, "object_id": "p9"}])

    run(landed)

    assert landed.read(EXPOSURES).num_rows == 1
    assert reasons_of(landed, EXPOSURES) == [
        "the day has the same request_id, user_id, ts, position, object_id before",
        "position is less than zero",
        "object_id is in no row of objects up to the day",
    ]


def test_a_request_id_that_is_used_again_stops_no_day(landed: Lake, deliver: Deliver) -> None:
    """Pages of 60 users and times under one id are all kept; a page that is delivered twice counts once."""
    row = {"request_id": "checkout-page", "experiment": "e", "variant": "a", "object_id": "p1", "score": 0.5,
           "model_version": "1", "snapshot_digest": "d"}  # fmt: skip
    pages = [
        row | {"user_id": f"u{page % 10}", "ts": NOON + timedelta(seconds=page // 10), "position": position}
        for page in range(60)
        for position in range(3)
    ]
    deliver(EXPOSURES, pages)
    deliver(EXPOSURES, pages, file="again")
    contradiction = pages[0] | {"object_id": "v1"}
    deliver(EXPOSURES, [contradiction], file="other")

    outcome = run(landed)

    assert landed.read(EXPOSURES).num_rows == 180
    assert (outcome.quarantined["exposures"], outcome.set_aside["exposures"]) == (1, 180)
    assert set(reasons_of(landed, EXPOSURES)) == {
        "the day has the same request_id, user_id, ts, position, object_id before",
        "the day has another object before with the same request_id, user_id, ts, position",
    }


def test_without_a_users_table_nobody_is_unknown(lake: Lake, deliver: Deliver, event: MakeRow) -> None:
    deliver(OBJECTS, [{"object_id": "v1", "domain": "content", "title": "cat video"}])
    deliver(EVENTS, [event(n, user_id=f"x{n}") for n in range(5)])
    assert run(lake).quarantined["events"] == 0


def test_an_object_is_unknown_until_the_day_of_its_first_row(
    landed: Lake, deliver: Deliver, event: MakeRow
) -> None:
    deliver(OBJECTS, [{"object_id": "v2", "domain": "content", "title": "dog video"}], day=NEXT)
    deliver(EVENTS, [event(n) for n in range(200)] + [event(200, object_id="v2")])

    run(landed)

    assert reasons_of(landed) == ["object_id is in no row of objects up to the day"]


def test_a_first_run_catches_up_and_a_second_does_only_its_day(
    landed: Lake, deliver: Deliver, event: MakeRow
) -> None:
    deliver(EVENTS, [event(n, ts=NOON + timedelta(days=1, seconds=n)) for n in range(200)], day=NEXT)
    assert run(landed, day=NEXT).validated == 4
    before = bytes_of(landed)

    assert run(landed, day=NEXT).validated == 1
    assert bytes_of(landed) == before


def test_a_day_delivered_again_is_validated_again_and_replaced(
    landed: Lake, deliver: Deliver, event: MakeRow
) -> None:
    deliver(EVENTS, [event(n, ts=NOON + timedelta(days=1, seconds=n)) for n in range(200)], day=NEXT)
    run(landed, day=NEXT)
    deliver(EVENTS, [event(n) for n in range(7)])

    assert run(landed, day=NEXT).landed["events"] == 207
    assert landed.read(EVENTS, through=DAY).num_rows == 7


def test_a_copy_validates_its_own_day_only_and_a_ledger_of_an_older_release_is_not_read(
    landed: Lake, deliver: Deliver, event: MakeRow, tmp_path: Path
) -> None:
    deliver(EVENTS, [event(n, ts=NOON + timedelta(days=1, seconds=n)) for n in range(200)], day=NEXT)
    landed.write_text('{"2026-03-02": {"fingerprint": "a", "landed": 200}}', "validation", "events.json")
    assert run(landed, day=NEXT).validated == 4
    shutil.copytree(landed.root, tmp_path / "copy", copy_function=shutil.copyfile)
    assert run(Lake(tmp_path / "copy"), day=NEXT).validated == 1


def test_a_deleted_result_comes_back_byte_for_byte(landed: Lake, deliver: Deliver, order: MakeRow) -> None:
    deliver(EVENTS, [order(10_000, unit_price=NAN)], file="b")
    run(landed)
    before = bytes_of(landed)
    landed.delete(EVENTS, DAY)
    landed.delete(quarantine(EVENTS), DAY)

    run(landed)

    assert bytes_of(landed) == before


def test_an_object_that_arrives_late_frees_its_events(landed: Lake, deliver: Deliver, event: MakeRow) -> None:
    deliver(EVENTS, [event(10_000, object_id="v2")], file="b")
    deliver(EVENTS, [event(n, ts=NOON + timedelta(days=1, seconds=n)) for n in range(200)], day=NEXT)
    assert run(landed, day=NEXT).quarantined["events"] == 1

    deliver(OBJECTS, [{"object_id": "v2", "domain": "content", "title": "late"}], file="b")

    assert run(landed, day=NEXT).quarantined["events"] == 0
    assert landed.days(quarantine(EVENTS)) == []


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda lake: lake.delete(lake.landing(EVENTS), DAY), ("events of 2026-03-02", "no day at all")),
        (lambda lake: _rewrite(lake, lambda rows: rows.slice(0, 0)), ("events of 2026-03-02", "no rows")),
        (lambda lake: _rewrite(lake, lambda rows: rows.drop_columns("ts")), ("a.parquet", "no column ts")),
        (
            lambda lake: _rewrite(
                lake, lambda rows: rows.set_column(1, "ts", pa.array(["noon"] * rows.num_rows))
            ),
            ("a.parquet", "column ts is string"),
        ),
        (lambda lake: _file(lake).write_bytes(b"PAR1 and no more"), ("a.parquet", "not a readable Parquet")),
    ],
    ids=["absent", "empty", "missing column", "wrong type", "broken file"],
)  # fmt: skip
def test_a_day_that_cannot_be_read_is_one_sentence_and_leaves_no_events(
    landed: Lake, spoil: Callable[[Lake], object], words: Any
) -> None:
    spoil(landed)
    with pytest.raises(AirloomError) as stopped:
        run(landed)
    assert all(word in str(stopped.value) for word in words), str(stopped.value)
    assert landed.days(EVENTS) == []


def _file(lake: Lake) -> Path:
    return lake.path("landing", "events", f"dt={DAY}", "a.parquet")


def _rewrite(lake: Lake, change: Callable[[pa.Table], pa.Table]) -> None:
    pq.write_table(change(pq.read_table(_file(lake), partitioning=None)), _file(lake))


def test_too_many_bad_rows_stop_the_run_with_a_report(landed: Lake, deliver: Deliver, order: MakeRow) -> None:
    deliver(EVENTS, [order(10_000 + n, unit_price=-1.0) for n in range(20)], file="b")

    with pytest.raises(AirloomError) as stopped:
        run(landed)

    message = str(stopped.value)
    for word in ("events of 2026-03-02", "20 of 220", "5.0%", "unit_price is less than zero"):
        assert word in message, message
    index = landed.path("docs", "index.html")
    assert str(index) in message
    report = index.read_text(encoding="utf-8")
    assert "Stopped at events days 2026-03-02: more than 5.0% of the rows are in quarantine" in report
    assert "<td>unit_price is less than zero</td>" in report
    assert landed.days(EVENTS) == []
    assert landed.days(quarantine(EVENTS)) == []


def test_a_stop_names_the_most_frequent_fault_of_all_kinds_and_slices(
    landed: Lake, deliver: Deliver, event: MakeRow, order: MakeRow
) -> None:
    first = event(1000, user_id="u1", event_id="e")
    others = [order(1001 + n, user_id="u1", event_id="e") for n in range(20)]
    deliver(EVENTS, [first, *others, event(1100, dwell_s=-1.0)], file="b")

    with pytest.raises(AirloomError, match="most often because event_id is that of another event of the"):
        run(landed)
    with pytest.raises(AirloomError, match="most often because event_id is that of another event of the"):
        run(landed, rows_at_once=50)


def test_much_fewer_events_than_on_the_days_before_stop_the_run(
    landed: Lake, deliver: Deliver, event: MakeRow
) -> None:
    for number in range(3):
        day = DAY + timedelta(days=number)
        rows = [
            event(n, ts=NOON + timedelta(days=number, seconds=n)) for n in range(200 if number < 2 else 20)
        ]
        deliver(EVENTS, rows, day=day)
    last = DAY + timedelta(days=2)

    with pytest.raises(
        AirloomError, match=r"fewer rows than 30% of the median of the 2 days before.*200 rows"
    ):
        run(landed, day=last, trailing_days=2, sparse_volume=100)
    assert run(landed, day=last).landed["events"] == 420  # two days, or small ones, say nothing


def test_a_full_disk_is_one_sentence_and_leaves_the_old_day(
    landed: Lake, deliver: Deliver, event: MakeRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(landed)
    before = bytes_of(landed)
    deliver(EVENTS, [event(n) for n in range(50)])

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("airloom.logs.lake.pq.write_table", full)
    with pytest.raises(AirloomError, match=r"disk is full.*dt=2026-03-02"):
        run(landed)
    monkeypatch.undo()
    assert bytes_of(landed) == before
    assert not list(landed.path().rglob("*.tmp"))
    assert run(landed).landed["events"] == 50


def test_a_long_day_is_checked_in_slices_with_the_same_result(
    landed: Lake, deliver: Deliver, order: MakeRow
) -> None:
    deliver(EVENTS, [order(10_000, unit_price=NAN), order(10_001)], file="b")
    run(landed)
    whole = bytes_of(landed)
    for table in LOG_TABLES:
        landed.delete(table, DAY)
    run(landed, rows_at_once=110)
    assert bytes_of(landed) == whole


def test_a_rule_that_cannot_be_evaluated_is_not_taken_for_a_broken_one(
    landed: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("components.validate_logs.validation.with_checks", lambda rows, *_, **__: rows)
    with pytest.raises(RuntimeError, match="could not be evaluated"):
        run(landed)
    assert landed.days(USERS) == []


def test_what_is_delivered_again_about_somebody_who_was_forgotten_is_removed(landed: Lake) -> None:
    run(landed)
    erasures = ErasureRequests(landed)
    asked = erasures.add("u1", NOON + timedelta(days=30))
    erasures.write(asked._replace(done_at=asked.asked_at))
    whole = landed.read(landed.landing(EVENTS))
    assert "u1" in whole["user_id"].to_pylist()

    landed.write(landed.landing(EVENTS), DAY, whole, file="a")  # by the platform, which knows nothing of it
    for _ in range(2):  # the second run finds its result and changes nothing
        run(landed)
        for table in (landed.landing(EVENTS), EVENTS, quarantine(EVENTS)):
            assert "u1" not in landed.read(table)["user_id"].to_pylist()
        before = bytes_of(landed)
    assert bytes_of(landed) == before


def test_who_was_forgotten_and_comes_back_is_no_stranger(
    landed: Lake, deliver: Deliver, event: MakeRow
) -> None:
    erasures = ErasureRequests(landed)
    asked = erasures.add("u1", NOON + timedelta(hours=1))
    erasures.write(asked._replace(done_at=asked.asked_at))
    users = [{"user_id": f"u{number}"} for number in range(10) if number != 1]
    deliver(USERS, users)
    back = [event(number, user_id="u1", ts=NOON + timedelta(hours=2, seconds=number)) for number in range(3)]
    deliver(EVENTS, back, file="back")
    outcome = run(landed)
    assert outcome.quarantined["events"] == 0
    assert landed.read(EVENTS)["user_id"].to_pylist().count("u1") == 3
