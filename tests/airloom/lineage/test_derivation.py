"""Laws of staleness, on real lakes: a folder, a copy of it, and an object store (Arrow's mock of one)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.lineage.changes import ChangeKind
from airloom.lineage.derivation import DaysBefore, Derivation, DerivedDays
from airloom.lineage.records import read_records
from airloom.logs.contract import Table
from airloom.logs.lake import Lake

NUMBERS = Table("numbers", pa.schema([pa.field("n", pa.int64())]), sort_by=("n",))
NAMES = Table("names", pa.schema([pa.field("n", pa.int64())]), sort_by=("n",))
OUTPUT = Table("features/sums", NUMBERS.schema, sort_by=("n",))
REJECTED = Table("quarantine/sums", NUMBERS.schema, sort_by=("n",))

START = date(2026, 3, 1)
DAYS = [START + timedelta(days=number) for number in range(4)]
LAST = DAYS[-1]

SAME_DAY = Derivation(OUTPUT, version=1, same_day=(NUMBERS,), settings={"scale": 1}, beside=(REJECTED,))
UP_TO_DAY = Derivation(OUTPUT, version=1, up_to_day=(NUMBERS,))


@pytest.fixture(params=["folder", "object store"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake" if request.param == "folder" else "mock:///lake")
    for number, day in enumerate(DAYS):
        write(lake, NUMBERS, day, number)
    return lake


def write(lake: Lake, table: Table, day: date, *numbers: int) -> None:
    lake.filesystem.create_dir(lake.location(table.name, f"dt={day}"))  # the mock of a store has folders
    lake.write(table, day, pa.table({"n": pa.array(numbers, pa.int64())}))


def build(lake: Lake, derivation: Derivation, *, through: date = LAST) -> list[date]:
    """Build what is stale by copying the day, and return which days that were."""
    lineage = DerivedDays(lake, derivation, through=through)
    lineage.delete_orphans()
    days = lineage.stale()
    for day in days:
        write(lake, OUTPUT, day, *lake.read(derivation.inputs[0], since=day, through=day)["n"].to_pylist())
    lake.filesystem.create_dir(lake.location("lineage", "features"))
    lineage.record_built(days)
    return days


@pytest.mark.parametrize("derivation", [SAME_DAY, UP_TO_DAY], ids=["same day", "up to day"])
def test_a_second_run_builds_nothing(lake: Lake, derivation: Derivation) -> None:
    assert build(lake, derivation) == DAYS
    assert build(lake, derivation) == []


def test_a_day_that_reads_some_days_before_it_depends_on_no_others(lake: Lake) -> None:
    derivation = Derivation(OUTPUT, version=1, same_day=(NUMBERS,), days_before=(DaysBefore(NUMBERS, 2),))
    assert build(lake, derivation) == DAYS
    assert build(lake, derivation) == []
    write(lake, NUMBERS, DAYS[0], 7)
    assert build(lake, derivation) == DAYS[:3]
    lake.delete(NUMBERS, DAYS[1])
    assert build(lake, derivation) == DAYS[2:]


def test_a_corrected_day_reaches_its_own_day_only_or_all_later_ones(lake: Lake) -> None:
    build(lake, SAME_DAY)
    write(lake, NUMBERS, DAYS[1], 7)
    assert build(lake, SAME_DAY) == [DAYS[1]]
    build(lake, UP_TO_DAY)
    write(lake, NUMBERS, DAYS[1], 8)
    assert build(lake, UP_TO_DAY) == DAYS[1:]


def test_a_removed_day_is_removed_from_the_output_and_later_days_forget_it(lake: Lake) -> None:
    build(lake, UP_TO_DAY)
    lake.delete(NUMBERS, DAYS[1])
    assert build(lake, UP_TO_DAY) == DAYS[2:]
    assert lake.days(OUTPUT) == [DAYS[0], *DAYS[2:]]
    assert list(read_records(lake, OUTPUT.name)) == lake.days(OUTPUT)


def test_nothing_after_the_run_is_looked_at(lake: Lake) -> None:
    assert build(lake, UP_TO_DAY, through=DAYS[1]) == DAYS[:2]
    assert build(lake, UP_TO_DAY) == DAYS[2:]


@pytest.mark.parametrize("table", [OUTPUT, REJECTED], ids=["output", "beside it"])
def test_what_was_written_and_is_gone_is_built_again(lake: Lake, table: Table) -> None:
    build(lake, SAME_DAY)
    write(lake, REJECTED, DAYS[1], 5)
    DerivedDays(lake, SAME_DAY, through=LAST).record_built([DAYS[1]])
    lake.delete(table, DAYS[1])
    (change,) = DerivedDays(lake, SAME_DAY, through=LAST).changes(DAYS[1])
    assert change.sentence() == f"{table.name} {DAYS[1]} is missing"
    assert build(lake, SAME_DAY) == [DAYS[1]]


def test_other_settings_and_other_code_build_everything_again(lake: Lake) -> None:
    build(lake, SAME_DAY)
    other = Derivation(OUTPUT, version=2, same_day=(NUMBERS,), settings={"scale": 2}, beside=(REJECTED,))
    kinds = {change.kind for change in DerivedDays(lake, other, through=LAST).changes(LAST)}
    assert kinds == {ChangeKind.VERSION, ChangeKind.SETTING}
    assert build(lake, other) == DAYS


def test_a_table_read_up_to_the_run_and_a_path_concern_every_day(lake: Lake) -> None:
    whole = Derivation(OUTPUT, version=1, same_day=(NUMBERS,), up_to_run=(NAMES,), paths=("intents/nodes",))
    build(lake, whole)
    write(lake, NAMES, DAYS[2], 1)
    assert build(lake, whole) == DAYS
    lake.filesystem.create_dir(lake.location("intents/nodes"))
    lake.write_text("1", "intents", "nodes", "part-0")
    assert build(lake, whole) == DAYS
    assert build(lake, whole) == []


def test_a_step_killed_before_it_notes_its_days_is_repeated(lake: Lake) -> None:
    build(lake, SAME_DAY)
    write(lake, NUMBERS, LAST, 70)
    write(lake, OUTPUT, LAST, 70)  # and killed
    write(lake, NUMBERS, LAST, 3)  # the correction is taken back meanwhile
    assert build(lake, SAME_DAY) == [LAST]


def test_two_runs_at_a_time_keep_the_records_of_each_other(lake: Lake) -> None:
    build(lake, SAME_DAY)
    lake.write_text("{}", "lineage", f"{OUTPUT.name}.json")
    one, other = (DerivedDays(lake, SAME_DAY, through=LAST) for _ in range(2))
    one.record_built(DAYS[:2])
    other.record_built(DAYS[2:])
    assert list(read_records(lake, OUTPUT.name)) == DAYS


@pytest.mark.parametrize("text", ["", "{", "[]", '{"2026-03-01": {"fingerprint": "a", "landed": 2}}'])
def test_records_that_cannot_be_read_only_cost_time(lake: Lake, text: str) -> None:
    build(lake, SAME_DAY)
    lake.write_text(text, "lineage", f"{OUTPUT.name}.json")
    assert build(lake, SAME_DAY) == DAYS
    assert build(lake, SAME_DAY) == []


def test_a_copy_with_other_file_times_builds_nothing(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    for number, day in enumerate(DAYS):
        write(lake, NUMBERS, day, number)
    build(lake, UP_TO_DAY)
    shutil.copytree(lake.root, tmp_path / "copy", copy_function=shutil.copyfile)
    copy = Lake(tmp_path / "copy")
    assert build(copy, UP_TO_DAY) == []


def test_another_content_of_the_same_size_and_time_is_noticed(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    write(lake, NUMBERS, START, 1)
    file = Path(lake.files(NUMBERS, START)[0])
    os.utime(file, (1_000, 1_000))
    build(lake, SAME_DAY)
    before = file.stat()
    write(lake, NUMBERS, START, 2)
    file = Path(lake.files(NUMBERS, START)[0])
    os.utime(file, (1_000, 1_000))
    assert (file.stat().st_size, file.stat().st_mtime) == (before.st_size, before.st_mtime)
    assert build(lake, SAME_DAY) == [START]


@given(
    edits=st.lists(
        st.dictionaries(st.sampled_from(range(4)), st.one_of(st.none(), st.integers(0, 2))), max_size=4
    )
)
@settings(deadline=None, max_examples=25)
def test_exactly_the_days_are_built_whose_inputs_differ(
    tmp_path_factory: pytest.TempPathFactory, edits: list[dict[int, int | None]]
) -> None:
    """Against a model that remembers for each built day the whole content that it was built from."""
    lake = Lake(tmp_path_factory.mktemp("lake"))
    content: dict[date, int] = {}
    built: dict[date, Mapping[date, int]] = {}
    for edit in edits:
        for number, value in edit.items():
            day = DAYS[number]
            if value is None:
                lake.delete(NUMBERS, day)
                content.pop(day, None)
            else:
                write(lake, NUMBERS, day, value)
                content[day] = value
        read = {day: {at: content[at] for at in content if at <= day} for day in sorted(content)}
        expected = [day for day, inputs in read.items() if built.get(day) != inputs]
        assert build(lake, UP_TO_DAY) == expected
        built = dict(read)
