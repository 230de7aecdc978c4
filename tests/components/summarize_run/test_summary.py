from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from components.run_records import RUN_ID, StepRecord
from components.summarize_run import summary
from components.summarize_run.summary import records_of_this_run

START = datetime(2026, 3, 16, 1, 30, tzinfo=UTC)


def record(step: str, *, after_s: float = 0.0, state: str = "succeeded", **fields: Any) -> StepRecord:
    values: dict[str, Any] = {"attempt": 1, "seconds": 10.0, "peak_memory_mb": 512} | fields
    values |= {"state": state, "started_at": START + timedelta(seconds=after_s)}
    return StepRecord(step, "k", **values)


def summarize(
    records: list[StepRecord], *, pipeline: str, state: str, cluster: bool = True, **expected: list[str]
) -> str:
    return summary.summarize(records, pipeline=pipeline, expected=expected, state=state, cluster=cluster)


RESOLVED = record("resolve_day", outputs={"Output": "2026-03-15"})


def test_a_good_run_says_its_day_its_steps_and_how_long_it_took() -> None:
    rows = {"rows": 853990.0, "quarantined": 0}
    text = summarize(
        [RESOLVED, record("validate_logs", after_s=60, outputs=rows)],
        pipeline="airloom-daily",
        state="COMPLETE",
    )

    assert text.startswith("# airloom-daily for 2026-03-15: succeeded\n")
    assert "2 steps, 1 min 10 s in all." in text
    assert "| validate_logs | succeeded | 1 | 10.0 s | 512 MB | quarantined 0, rows 853,990 |" in text
    assert "failed" not in text


def test_days_that_were_taken_back_are_said() -> None:
    validated = record("validate_logs", outputs={"rows": 5, "withdrawn": ["events of 2026-03-01"]})
    text = summarize([RESOLVED, validated], pipeline="airloom-daily", state="COMPLETE")
    assert "**Withdrawn**: events of 2026-03-01: no longer in the landing zone, so" in text
    nothing = record("validate_logs", outputs={"withdrawn": []})
    assert "Withdrawn**" not in summarize([nothing], pipeline="airloom-daily", state="COMPLETE")


def test_days_that_were_never_delivered_are_said() -> None:
    days = [f"2026-03-{day:02}" for day in range(1, 8)]
    text = summarize(
        [RESOLVED, record("validate_logs", outputs={"rows": 9, "missing_days": days})],
        pipeline="airloom-daily",
        state="COMPLETE",
    )
    assert (
        "**Missing days**: The landing zone has no events of 7 days, the latest of which are 2026-03-03, "
        in text
    )
    assert r"| missing\_days 7, rows 9 |" in text


def test_a_failed_step_gives_its_sentence_and_the_next_step() -> None:
    failed = record(
        "validate_logs",
        state="failed",
        attempt=3,
        message="No events were delivered for 2026-03-15",
        next_step="Deliver them and retry",
    )
    text = summarize([RESOLVED, failed], pipeline="airloom-daily", state="FAILED")

    assert text.startswith("# airloom-daily for 2026-03-15: failed\n")
    assert "**What failed**: `validate_logs`, attempt 3: No events were delivered for 2026-03-15." in text
    assert (
        "**Next step**: Deliver them and retry.\n\n**Then**, after a change of data or of a server, use"
        in text
    )
    assert "`airloom deploy run airloom-daily --day 2026-03-15`" in text


def test_a_local_run_is_run_again_by_its_own_command() -> None:
    failed = record("train_ranker", state="failed", message="m")
    text = summarize([RESOLVED, failed], pipeline="airloom-training", state="FAILED", cluster=False)

    assert "**Then** run it again: `airloom run training --day 2026-03-15`." in text
    assert "Retry" not in text


def test_a_step_that_was_killed_is_told_from_one_that_failed() -> None:
    text = summarize([record("train_ranker", state="running", attempt=2)], pipeline="p", state="FAILED")

    assert "`train_ranker`, attempt 2: killed before it could say why" in text
    assert "OOMKilled" in text
    assert "| train_ranker | killed | 2 | – | – |" in text


def test_a_fault_of_the_program_sends_the_reader_to_the_log() -> None:
    text = summarize(
        [record("train_ranker", state="failed", message="KeyError: 'x'")], pipeline="p", state=""
    )

    assert "**Next step**: The step's log has the traceback" in text


def test_shards_that_fail_alike_are_told_once() -> None:
    shard = record("distill_intents", state="failed", message="The server is away", next_step="Start it")
    text = summarize([shard, shard], pipeline="p", state="FAILED")

    assert text.count("**What failed**") == 1


def test_a_run_that_failed_between_two_steps_is_no_success() -> None:
    text = summarize([RESOLVED], pipeline="p", state="FAILED")

    assert text.startswith("# p for 2026-03-15: failed\n")
    assert "**What failed**: no step says that it failed." in text


@pytest.mark.parametrize("state", ["RUNNING", "FAILED"])
def test_a_step_that_never_began_is_named(state: str) -> None:
    """Kubeflow calls a run RUNNING whose driver refused a task, as it does a good one."""
    text = summarize(
        [RESOLVED], pipeline="p", state=state, always=["resolve_day", "validate_logs", "plan_intents"]
    )

    assert text.startswith("# p for 2026-03-15: failed\n")
    assert "**What failed**: `validate_logs` never began." in text


@pytest.mark.parametrize(("alarm", "word"), [(True, "failed"), (False, "succeeded")])
def test_steps_behind_a_condition_are_expected_where_it_was_true(alarm: bool, word: str) -> None:
    watched = record("monitor_drift", outputs={"Output": alarm})
    text = summarize([RESOLVED, watched], pipeline="p", state="RUNNING", monitor_drift=["train_ranker"])

    assert text.startswith(f"# p for 2026-03-15: {word}\n")


def test_what_did_not_begin_after_a_failed_step_is_no_failure_of_its_own() -> None:
    failed = record("validate_logs", state="failed", message="m")
    text = summarize([failed], pipeline="p", state="", always=["validate_logs", "plan_intents"])

    assert text.count("**What failed**") == 1
    assert "never began" not in text


def test_a_run_of_which_nothing_was_recorded_is_said_so() -> None:
    assert summarize([], pipeline="p", state="SUCCEEDED") == "# p: succeeded\n\nNo step left a record.\n"


@pytest.mark.parametrize("state", ["SUCCEEDED", "COMPLETE"])
def test_a_good_run_is_not_called_failed_because_the_end_of_a_record_was_lost(state: str) -> None:
    text = summarize([RESOLVED, record("train_ranker", state="running")], pipeline="p", state=state)

    assert text.startswith("# p for 2026-03-15: succeeded\n")
    assert "| train_ranker | end not recorded |" in text


@pytest.mark.parametrize("state", ["", "RUNNING"])
def test_where_kubeflow_has_not_counted_yet_the_records_decide(state: str) -> None:
    assert ": succeeded" in summarize([RESOLVED], pipeline="p", state=state)
    assert ": failed" in summarize([record("s", state="failed", message="m")], pipeline="p", state=state)


@pytest.mark.parametrize("run_id", ["", "run-1"])
def test_the_page_is_written_where_no_record_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_id: str
) -> None:
    monkeypatch.setenv(RUN_ID, run_id)

    assert records_of_this_run(str(tmp_path)) == []
    assert records_of_this_run("s3://no-such-lake-of-ours") == []


def test_text_of_logs_cannot_become_markup() -> None:
    message = "column <img src=x> | **bold** [link](http://x) \x1b[31m \udcff"
    text = summarize([record("s", state="failed", message=message)], pipeline="p", state="")

    assert "<img" not in text.replace("\\<img", "")
    assert "\\[link\\](http://x)" in text
    assert "\x1b" not in text
    assert text.encode()
