"""Days that a platform takes back, over a landing zone as a platform delivers it."""

from __future__ import annotations

import shutil
from datetime import date, timedelta

import pytest

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS, OBJECTS, USERS, Table
from airloom.logs.lake import Lake
from airloom.logs.quarantine import quarantine
from airloom.logs.rules import LogRules
from components.validate_logs.validation import ValidationResult, validate
from components.validate_logs.withdrawn import NOTED, note_withdrawn

from .conftest import DAY, Deliver, MakeRow

DAYS = [DAY + timedelta(days=number) for number in range(6)]


@pytest.fixture
def validated(landed: Lake, deliver: Deliver, event: MakeRow) -> Lake:
    """Six validated days; the objects lie in the first, and again in the second."""
    for day in DAYS[1:]:
        shift = day - DAY
        rows = [event(number) for number in range(20)]
        bad = [event(30, object_id="nothing")]
        deliver(EVENTS, [row | {"ts": row["ts"] + shift} for row in [*rows, *bad]], day=day)
    run(landed)
    return landed


def run(lake: Lake, day: date = DAYS[-1], **rules: int) -> ValidationResult:
    return validate(lake, day=day, rules=LogRules(**rules), docs=lake.path("docs"))


def take_back(lake: Lake, table: Table, *days: date) -> None:
    for day in days:
        lake.delete(lake.landing(table), day)


def test_a_day_that_is_taken_back_goes_with_its_quarantine(validated: Lake) -> None:
    take_back(validated, EVENTS, DAYS[2])
    result = run(validated)
    assert result.withdrawn == {"events": [DAYS[2]]}
    assert validated.days(EVENTS) == [*DAYS[:2], *DAYS[3:]]
    assert validated.days(quarantine(EVENTS)) == [DAYS[1], *DAYS[3:]]
    assert result.landed["events"] == 200 + 4 * 21
    assert run(validated).withdrawn == {}


def test_the_last_day_too_and_a_folder_without_a_file_counts_as_taken_back(validated: Lake) -> None:
    shutil.rmtree(validated.path("landing", "events", f"dt={DAYS[-1]}"))
    validated.path("landing", "events", f"dt={DAYS[1]}", "a.parquet").unlink()
    assert run(validated, DAYS[-2]).withdrawn == {"events": [DAYS[1], DAYS[-1]]}
    assert validated.days(EVENTS) == [DAYS[0], *DAYS[2:-1]]


def test_events_of_a_catalogue_day_that_is_taken_back_are_about_nothing(
    validated: Lake, deliver: Deliver
) -> None:
    deliver(OBJECTS, [{"object_id": "v2", "domain": "content", "title": "dog video"}], day=DAYS[1])
    rows = validated.read(validated.landing(EVENTS), since=DAYS[2], through=DAYS[2]).to_pylist()
    deliver(EVENTS, [row | {"object_id": "v2"} for row in rows], day=DAYS[2])
    assert run(validated).quarantined["events"] == 4
    take_back(validated, OBJECTS, DAYS[1])
    assert run(validated, sparse_rows=1000).withdrawn == {"objects": [DAYS[1]]}
    assert validated.read(EVENTS, since=DAYS[2], through=DAYS[2]).num_rows == 0


def test_what_a_killed_run_removed_is_reported_by_the_next(
    validated: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    take_back(validated, EVENTS, DAYS[2])
    with monkeypatch.context() as patched:
        patched.setattr("components.validate_logs.validation.write_clean", killed)
        with pytest.raises(KeyboardInterrupt):
            run(validated)
    assert DAYS[2] not in validated.days(EVENTS)
    take_back(validated, EVENTS, DAYS[4])
    assert run(validated).withdrawn == {"events": [DAYS[2], DAYS[4]]}
    assert run(validated).withdrawn == {}


def test_what_went_before_a_later_table_stopped_the_run_is_reported_by_the_next(
    validated: Lake, deliver: Deliver
) -> None:
    deliver(USERS, [{"user_id": "late"}], day=DAYS[1])
    run(validated)
    take_back(validated, USERS, DAYS[1])
    right = validated.read(validated.landing(EVENTS), since=DAYS[-1], through=DAYS[-1]).to_pylist()
    deliver(EVENTS, [row | {"object_id": "nothing"} for row in right], day=DAYS[-1])
    with pytest.raises(AirloomError, match="Validation of events"):
        run(validated)
    assert DAYS[1] not in validated.days(USERS)
    deliver(EVENTS, right, day=DAYS[-1])
    assert run(validated).withdrawn == {"users": [DAYS[1]]}
    assert run(validated).withdrawn == {}


def test_a_day_that_is_delivered_again_before_the_next_run_was_not_taken_back(
    validated: Lake,
) -> None:
    rows = validated.read(validated.landing(EVENTS), since=DAYS[2], through=DAYS[2])
    take_back(validated, EVENTS, DAYS[2])
    assert note_withdrawn(validated, LogRules()) == {"events": [DAYS[2]]}
    validated.write(validated.landing(EVENTS), DAYS[2], rows)
    assert run(validated).withdrawn == {}
    take_back(validated, EVENTS, DAYS[3])
    assert run(validated).withdrawn == {"events": [DAYS[3]]}


def test_a_note_that_is_damaged_is_named(validated: Lake) -> None:
    validated.write_text("[]", *NOTED)
    with pytest.raises(AirloomError, match=r"lineage/withdrawn.json does not name days. Remove it"):
        run(validated)


@pytest.mark.parametrize(
    ("table", "days", "sentence"),
    [
        (
            EVENTS,
            DAYS[:4],
            "events no longer has 4 days (2026-03-02 to 2026-03-05) that it had before, and",
        ),
        (USERS, DAYS[:1], "users no longer has 1 day (2026-03-02) that it had before, and has no others"),
    ],
)
def test_many_days_or_all_are_removed_only_if_somebody_confirms_it(
    validated: Lake, table: Table, days: list[date], sentence: str
) -> None:
    take_back(validated, table, *days)
    with pytest.raises(AirloomError) as stopped:
        run(validated)
    assert sentence in str(stopped.value)
    assert f"airloom run daily --max-withdrawn-days {len(days)}" in str(stopped.value)
    assert validated.days(EVENTS) == DAYS
    assert run(validated, max_withdrawn_days=len(days), sparse_rows=1000).withdrawn == {table.name: days}
    assert set(days).isdisjoint(validated.days(table))


def test_confirming_validates_nothing_again(validated: Lake) -> None:
    assert run(validated, max_withdrawn_days=5).validated == 1
