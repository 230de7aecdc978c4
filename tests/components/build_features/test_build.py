from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from airloom.intents.linking.resolve_objects import ObjectIntents, resolve_objects
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.store import INTENTS
from airloom.lineage.derivation import DerivedDays
from airloom.llm.store.answer_store import VERSIONS_FILE
from airloom.logs.contract import EVENTS, OBJECTS
from airloom.logs.lake import Lake
from components.build_features import build as build_module
from components.build_features import histories, objects
from components.build_features.derivations import object_profiles
from feature_repo.linked_objects import object_intents
from feature_repo.tables import OBJECT_INTENTS, OBJECT_PROFILE, USER_HISTORY
from tests.feature_repo.small_lake import LAST, START, HashEncoder, build, deliver, event, write

VERSIONS = f"{INTENTS}/{VERSIONS_FILE}"
TABLES = (USER_HISTORY, OBJECT_PROFILE, OBJECT_INTENTS)


def bytes_of(lake: Lake) -> dict[str, bytes]:
    files = [file for table in TABLES for day in lake.days(table) for file in lake.files(table, day)]
    return {str(Path(file).relative_to(lake.root)): Path(file).read_bytes() for file in files}


def test_builds_every_day_once(tmp_path: Path) -> None:
    lake = deliver(tmp_path)
    first = build(lake)
    assert (first.users, first.objects, first.history_days, first.profile_days, first.intent_days) == (
        3,
        3,
        3,
        2,
        2,
    )
    assert build(lake)[3:] == (0, 0, 0)


def test_days_come_one_by_one_or_all_at_once_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daily, together = deliver(tmp_path / "daily"), deliver(tmp_path / "together")
    for offset in range(3):
        build(daily, START + timedelta(days=offset))
    monkeypatch.setattr(histories, "EVENTS_AT_ONCE", 1)
    build(together)
    assert bytes_of(daily).keys() == bytes_of(together).keys()
    assert bytes_of(daily) == bytes_of(together)


def test_a_deleted_day_comes_back_byte_for_byte(tmp_path: Path) -> None:
    lake = deliver(tmp_path)
    build(lake)
    before = bytes_of(lake)
    for table in TABLES:
        lake.delete(table, LAST)
    assert build(lake)[3:] == (1, 1, 1)
    assert bytes_of(lake) == before


@pytest.mark.parametrize("rewritten", [True, False], ids=["rewritten", "deleted"])
def test_days_apart_are_built_again_without_the_days_between(tmp_path: Path, rewritten: bool) -> None:
    lake = deliver(tmp_path)
    build(lake)
    before = bytes_of(lake)
    for day in (START, LAST):
        rows = lake.read(USER_HISTORY, since=day, through=day)
        lake.delete(USER_HISTORY, day)
        if rewritten:
            lake.write(USER_HISTORY, day, rows.slice(1))
    assert build(lake).history_days == 2
    assert bytes_of(lake) == before


def test_a_changed_day_makes_that_and_later_histories_anew(tmp_path: Path) -> None:
    lake = deliver(tmp_path)
    build(lake)
    write(lake, EVENTS, START + timedelta(days=1), [event("ann", 26, "view", "video-1")])
    assert build(lake).history_days == 2
    rows = {row["user_id"]: row for row in lake.read(USER_HISTORY, since=LAST).to_pylist()}
    assert rows["ann"]["actions"] == ["view", "order", "view", "click"]


def test_an_answer_stored_while_objects_are_linked_is_linked_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = deliver(tmp_path)

    def resolve_then_answer(*args: Any, **kwargs: Any) -> ObjectIntents:
        resolved = resolve_objects(*args, **kwargs)
        lake.write_text("prompt-1\n", *VERSIONS.split("/"))
        return resolved

    monkeypatch.setattr(build_module, "resolve_objects", resolve_then_answer)
    build(lake)
    derivation = object_intents(HashEncoder(), LinkingSettings())
    lineage = DerivedDays(lake, derivation, through=LAST)
    assert lineage.stale() == lake.days(OBJECTS)
    assert {change.name for change in lineage.changes(LAST)} == {VERSIONS}


def test_profiles_written_before_a_failure_are_not_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = deliver(tmp_path)
    monkeypatch.setattr(objects, "OBJECTS_AT_ONCE", 1)
    write_profile = objects._write_profile

    def fail_on_last(lake: Lake, parts: Mapping[date, pa.Table], day: date) -> None:
        if day == LAST:
            raise OSError("the disk is full")
        write_profile(lake, parts, day)

    monkeypatch.setattr(objects, "_write_profile", fail_on_last)
    with pytest.raises(OSError, match="disk is full"):
        build(lake)
    assert DerivedDays(lake, object_profiles(HashEncoder()), through=LAST).stale() == [LAST]


def test_a_removed_day_is_forgotten_by_later_ones(tmp_path: Path) -> None:
    lake = deliver(tmp_path)
    build(lake)
    lake.delete(EVENTS, START)
    build(lake)
    assert lake.days(USER_HISTORY) == lake.days(EVENTS)
    rows = {row["user_id"]: row for row in lake.read(USER_HISTORY, since=LAST).to_pylist()}
    assert rows["ann"]["actions"] == ["like", "click"]


def test_a_copy_of_the_lake_builds_nothing(tmp_path: Path) -> None:
    lake = deliver(tmp_path / "lake")
    build(lake)
    shutil.copytree(lake.root, tmp_path / "copy", copy_function=shutil.copyfile)  # with other file times
    assert build(Lake(tmp_path / "copy"))[3:] == (0, 0, 0)


def test_a_lake_of_an_older_release_is_built_once_to_the_same_bytes(tmp_path: Path) -> None:
    lake = deliver(tmp_path)
    build(lake)
    before = bytes_of(lake)
    shutil.rmtree(lake.path("lineage"))
    assert build(lake)[3:5] == (3, 2)
    assert bytes_of(lake) == before
    assert build(lake)[3:] == (0, 0, 0)


def test_nothing_after_the_day_is_looked_at(tmp_path: Path) -> None:
    lake = deliver(tmp_path)
    built = build(lake, START)
    assert (built.users, built.objects) == (2, 2)
    assert all(lake.days(table) == [START] for table in TABLES)


def test_a_lake_may_lie_in_a_folder_with_any_name(tmp_path: Path) -> None:
    lake = deliver(tmp_path / "50% of #1 lakes")
    assert build(lake)[3:] == (3, 2, 2)
    assert build(lake)[3:] == (0, 0, 0)
