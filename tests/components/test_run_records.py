from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.logs.lake import Lake
from components.run_records import RunRecords, remove_old_records


@pytest.fixture
def records(tmp_path: Path) -> RunRecords:
    return RunRecords(Lake(tmp_path), "run-1")


def test_what_was_written_is_read(records: RunRecords) -> None:
    begun = records.begin("validate_logs", {"day": "2026-03-15"})
    ended = replace(begun, state="succeeded", seconds=3.5, peak_memory_mb=120, outputs={"rows": 9.0})
    records.write(ended)

    assert records.read() == [ended]


def test_attempts_of_a_step_are_counted_and_the_last_one_is_kept(records: RunRecords) -> None:
    parameters = {"day": "2026-03-15"}
    assert [records.begin("train_ranker", parameters).attempt for _ in range(3)] == [1, 2, 3]

    (record,) = records.read()
    assert (record.attempt, record.state) == (3, "running")


def test_shards_of_a_loop_have_a_record_each(records: RunRecords) -> None:
    for shard in (0, 1):
        records.begin("distill_intents", {"shard": shard})

    assert [record.attempt for record in records.read()] == [1, 1]


def test_runs_do_not_see_each_other(records: RunRecords, tmp_path: Path) -> None:
    records.begin("validate_logs", {})

    assert RunRecords(Lake(tmp_path), "run-2").read() == []


@pytest.mark.parametrize("run_id", ["", "../run", "a/b", ".hidden"])
def test_an_id_that_leads_out_of_the_folder_is_refused(tmp_path: Path, run_id: str) -> None:
    with pytest.raises(AirloomError, match="is not the id of a run"):
        RunRecords(Lake(tmp_path), run_id)


@pytest.mark.parametrize(
    "content", ["", "{", "[1]", "null", "5", 9999 * "[", '{"step": "a"}', '{"of": "a later release"}']
)
def test_a_record_that_cannot_be_read_hides_no_other_and_is_named(
    records: RunRecords, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    kept = records.begin("validate_logs", {})
    broken = tmp_path / "runs" / "run-1" / "train_ranker-0.json"
    broken.write_text(content, encoding="utf-8")

    assert records.read() == [kept]
    assert f"{broken} cannot be read" in capsys.readouterr().err


def test_records_are_kept_for_90_days(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    RunRecords(lake, "run-1").begin("validate_logs", {})
    now = datetime.now(UTC)

    remove_old_records(lake, now=now + timedelta(days=89))
    assert len(RunRecords(lake, "run-1").read()) == 1

    remove_old_records(lake, now=now + timedelta(days=91))
    assert RunRecords(lake, "run-1").read() == []
