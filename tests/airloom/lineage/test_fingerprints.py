from __future__ import annotations

import json
import os
import time
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from airloom.errors import AirloomError
from airloom.lineage import fingerprints
from airloom.lineage.fingerprints import ABSENT, day_fingerprints, fingerprint_of_day, path_fingerprint
from airloom.logs.contract import Table
from airloom.logs.lake import Lake

NUMBERS = Table("numbers", pa.schema([pa.field("n", pa.int64())]), sort_by=("n",))
DAY = date(2026, 3, 1)


def write(lake: Lake, number: int, *, file: str = "part-0") -> Path:
    lake.write(NUMBERS, DAY, pa.table({"n": pa.array([number])}), file=file)
    return Path(lake.files(NUMBERS, DAY)[0])


def read_files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are read from now on."""
    files: list[str] = []
    sha256 = fingerprints._sha256

    def counted(lake: Lake, file: str) -> str:
        files.append(file)
        return sha256(lake, file)

    monkeypatch.setattr(fingerprints, "_sha256", counted)
    return files


def test_names_and_bytes_count_and_times_do_not(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    file = write(lake, 1)
    before = day_fingerprints(lake, NUMBERS, through=DAY)
    assert before == {DAY: fingerprint_of_day(lake, NUMBERS, DAY)}
    os.utime(file, (1_000, 1_000))
    assert day_fingerprints(lake, NUMBERS, through=DAY) == before
    write(lake, 2)
    other = day_fingerprints(lake, NUMBERS, through=DAY)
    assert other != before
    file.rename(file.with_name("part-1.parquet"))
    assert day_fingerprints(lake, NUMBERS, through=DAY) not in (before, other)


def test_a_settled_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprints, "_SETTLED_NS", 0)
    lake = Lake(tmp_path)
    write(lake, 1)
    time.sleep(0.02)
    files = read_files(monkeypatch)
    first = day_fingerprints(lake, NUMBERS, through=DAY)
    assert day_fingerprints(lake, NUMBERS, through=DAY) == first
    assert len(files) == 1


def test_a_file_that_changed_just_now_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path)
    write(lake, 1)
    files = read_files(monkeypatch)
    day_fingerprints(lake, NUMBERS, through=DAY)
    day_fingerprints(lake, NUMBERS, through=DAY)
    assert len(files) == 2


def test_parts_compacted_after_they_were_listed_are_listed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path)
    for part in "ab":
        lake.write_text(part, "intents", "answers", f"part-{part}")
    files_below = Lake.files_below

    def list_then_compact(self: Lake, *parts: str) -> list[str]:
        files = files_below(self, *parts)
        (tmp_path / "intents/answers/part-a").unlink(missing_ok=True)
        return files

    monkeypatch.setattr(Lake, "files_below", list_then_compact)
    compacted = path_fingerprint(lake, "intents/answers")
    assert compacted == path_fingerprint(lake, "intents/answers") != ABSENT


def test_a_folder_that_never_settles_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path)
    monkeypatch.setattr(Lake, "files_below", lambda *_: [lake.location("intents/part-a")])
    with pytest.raises(AirloomError, match="changes faster than it can be read"):
        path_fingerprint(lake, "intents")


def test_a_run_for_an_earlier_day_keeps_the_memory_of_later_days_and_drops_vanished_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprints, "_SETTLED_NS", 0)
    lake = Lake(tmp_path)
    later = DAY + timedelta(days=1)
    lake.write(NUMBERS, later, pa.table({"n": [2]}))
    vanishing = write(lake, 1)
    time.sleep(0.02)
    day_fingerprints(lake, NUMBERS, through=later)
    vanishing.unlink()
    write(lake, 3, file="part-1")
    time.sleep(0.02)
    day_fingerprints(lake, NUMBERS, through=DAY)
    files = read_files(monkeypatch)
    day_fingerprints(lake, NUMBERS, through=later)
    assert files == []
    memory = json.loads(lake.read_text("lineage", "digests", "numbers.json") or "")
    assert set(memory) == {f"numbers/dt={DAY}/part-1.parquet", f"numbers/dt={later}/part-0.parquet"}


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": 1}', json.dumps({"a": ["1", "2", "3"]})])
def test_a_memory_that_cannot_be_read_is_made_again(tmp_path: Path, text: str) -> None:
    lake = Lake(tmp_path)
    write(lake, 1)
    before = day_fingerprints(lake, NUMBERS, through=DAY)
    lake.write_text(text, "lineage", "digests", "numbers.json")
    assert day_fingerprints(lake, NUMBERS, through=DAY) == before


def test_a_path_is_a_file_or_a_folder_or_absent(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert path_fingerprint(lake, "intents") == ABSENT
    lake.write_text("a", "intents", "overrides.tsv")
    one, folder = path_fingerprint(lake, "intents/overrides.tsv"), path_fingerprint(lake, "intents")
    assert ABSENT not in (one, folder)
    lake.write_text("b", "intents", "nodes", "part-0")
    assert path_fingerprint(lake, "intents/overrides.tsv") == one
    assert path_fingerprint(lake, "intents") != folder
