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


SPOILED = [
    ({"user_id": None}, "user_id is null"),
    ({"ts": None}, "ts is null"),
    ({"ts": NOON + timedelta(days=1)}, "ts lies in the future of its day dt"),
    ({"ts": NOON - timedelta(days=1)}, "ts lies before its day dt"),
    ({"object_id": "p9"}, "object_id is in no row of objects up to the day"),
    ({"user_id": "u99"}, "user_id is in no row of users up to the day"),
    ({"unit_price": NAN}, "unit_price is NaN"),
    ({"unit_price": -1.0}, "unit_price is not greater than zero"),
    ({"unit_price": 0.0}, "unit_price is not greater than zero"),
    ({"unit_price": float("inf")}, "unit_price is greater than 10,000,000 (max_price)"),
    ({"currency": "eur"}, "currency is not three capital letters"),
    ({"quantity": 0}, "quantity is less than one"),
    ({"dwell_s": -0.5}, "dwell_s is less than zero"),
    ({"action": "steal"}, "action is none of view, like, click, cart, order"),
    ({"action": "view"}, "action does not belong to domain"),
    ({"object_id": "v1"}, "domain is not that of the object"),
    ({"domain": "food"}, ("domain is none of content, commerce; "
                          "action does not belong to domain; domain is not that of the object")),
    ({"ts": NOON}, "the day has an earlier row with the same user_id, ts, action, object_id"),
]  # fmt: skip


def test_every_broken_rule_is_the_reason_in_quarantine(
    landed: Lake, deliver: Deliver, order: MakeRow
) -> None:
    bad = [order(10_000 + 10 * n) | changes for n, (changes, _) in enumerate(SPOILED)]
    deliver(EVENTS, bad, file="b")

    run(landed, max_quarantined_fraction=0.2)

    quarantined = landed.read(quarantine(EVENTS))
    assert quarantined["reason"].to_pylist() == [reason for _, reason in SPOILED]
    assert set(quarantined["file"].to_pylist()) == {"b.parquet"}
    assert quarantined["row"].to_pylist() == list(range(len(SPOILED)))
    assert landed.read(EVENTS).num_rows == 200


def test_objects_have_rules_of_their_own(lake: Lake, deliver: Deliver, event: MakeRow) -> None:
    clean = {"object_id": "v1", "domain": "content", "title": "cat video"}
    backwards = {"published_at": NOON, "retired_at": NOON - timedelta(days=1)}
    bad = [{"title": "again"}, {"object_id": "v2", "title": None}, {"object_id": "v3", "price": NAN}]
    deliver(OBJECTS, [clean, *(clean | changes for changes in (*bad, backwards | {"object_id": "v4"}))])
    deliver(EVENTS, [event(n) for n in range(5)])

    run(lake)

    assert reasons_of(lake, OBJECTS) == [
        "the day has an earlier row with the same object_id",
        "title is null",
        "price is NaN",
        "retired_at lies before published_at",
    ]
    assert lake.read(OBJECTS)["title"].to_pylist() == ["cat video"]


def test_exposures_are_validated_too(landed: Lake, deliver: Deliver) -> None:
    shown = {"request_id": "r", "ts": NOON, "user_id": "u1", "experiment": "e", "variant": "a", "position": 0,
             "object_id": "p1", "score": 0.5, "model_version": "1", "snapshot_digest": "d"}  # fmt: skip
    deliver(EXPOSURES, [shown, shown, shown | {"position": -1}, shown | {"position": 1, "object_id": "p9"}])

    run(landed)

    assert landed.read(EXPOSURES).num_rows == 1
    assert reasons_of(landed, EXPOSURES) == [
        "the day has an earlier row with the same request_id, position",
        "position is less than zero",
        "object_id is in no row of objects up to the day",
    ]


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
    for word in ("events of 2026-03-02", "20 of 220", "5.0%", "unit_price is not greater than zero"):
        assert word in message, message
    index = landed.path("docs", "index.html")
    assert str(index) in message
    report = index.read_text(encoding="utf-8")
    assert "Stopped at events days 2026-03-02: more than 5.0% of the rows are in quarantine" in report
    assert "<td>unit_price is not greater than zero</td>" in report
    assert landed.days(EVENTS) == []
    assert landed.days(quarantine(EVENTS)) == []


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
