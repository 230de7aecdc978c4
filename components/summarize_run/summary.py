"""The summary of a run as Markdown: what a person on call reads first."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from airloom.errors import AirloomError, one_line
from airloom.html_report.numbers import format_duration
from airloom.logs.lake import Lake
from airloom.logs.missing_days import missing_days_text
from components.run_records import RUN_ID, RunRecords, StepRecord, remove_old_records

SUMMARY_STEP: Final = "summarize_run"
VALIDATION: Final = "validate_logs"
ALWAYS: Final = "always"
SUCCEEDED_STATES: Final = ("SUCCEEDED", "COMPLETE", "CACHED")
FAILED_STATES: Final = ("FAILED", "ERROR", "CANCELLED", "CANCELED")
"""What Kubeflow calls a run that ended well, and one that did not; other states tell neither."""
MAX_RESULT_CHARACTERS: Final = 120


def records_of_this_run(lake: str) -> list[StepRecord]:
    """Return the records of the run that this process belongs to; empty where nothing can be read.

    Records of runs long ago are removed.
    """
    with suppress(AirloomError, OSError):
        remove_old_records(Lake(lake), now=datetime.now(UTC))
    try:
        return RunRecords(Lake(lake), os.environ.get(RUN_ID, "")).read()
    except (AirloomError, OSError) as error:  # the summary is still written: Kubeflow says the state
        print(f"The records of this run cannot be read: {error}", file=sys.stderr)
        return []


def summarize(
    records: Sequence[StepRecord],
    *,
    pipeline: str,
    expected: Mapping[str, Sequence[str]],
    state: str,
    cluster: bool,
) -> str:
    """Return the summary of one run.

    Args:
        records: The last attempt of every step that began.
        pipeline: Name of the pipeline.
        expected: Which steps every run has, under `always`; and under the name of a step those that a run has
            besides where that step returned true.
        state: What Kubeflow says of the run. It is believed where it says how the run ended, as the end of a
            step's record can be lost; often it says `RUNNING` of runs that ended either way.
        cluster: Whether Kubeflow ran it, and not the local runner.
    """
    steps = [record for record in records if record.step != SUMMARY_STEP]
    unfinished = [record for record in steps if record.state != "succeeded"]
    missing = _missing(steps, expected)
    failed = state in FAILED_STATES or (bool(unfinished or missing) and state not in SUCCEEDED_STATES)
    day = next((record.outputs.get("Output") for record in steps if record.step == "resolve_day"), None)
    parts = [f"# {pipeline}{f' for {day}' if day else ''}: {'failed' if failed else 'succeeded'}"]
    if failed:
        failures = [_failure(record) for record in unfinished] or [_failed_between_steps(missing)]
        parts += [*dict.fromkeys(failures), _go_on(pipeline, str(day or ""), cluster=cluster)]
    parts += [*_withdrawn(steps), *_missing_days(steps), _took(steps), _table(steps, failed=failed)]
    return "\n\n".join(parts).rstrip() + "\n"


def _missing_days(steps: Sequence[StepRecord]) -> list[str]:
    """Return a paragraph about the days without events, if there are any; the run goes on without them."""
    days = [day for step in steps if step.step == VALIDATION for day in step.outputs.get("missing_days", ())]
    return [f"**Missing days**: {missing_days_text(days)}"] if days else []


def _missing(steps: Sequence[StepRecord], expected: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the steps that the run should have had and that never began, in their order."""
    begun = {record.step for record in steps}
    returned_true = [record.step for record in steps if record.outputs.get("Output") is True]
    due = [step for reason in (ALWAYS, *returned_true) for step in expected.get(reason, ())]
    return [step for step in due if step not in begun]


def _failed_between_steps(missing: Sequence[str]) -> str:
    what = f"`{missing[0]}` never began" if missing else "no step says that it failed"
    return (
        f"**What failed**: {what}. Its pod may not have started, or Kubeflow stopped the run before it.\n\n"
        "**Next step**: Open the first task of the graph that is not green. Look at the events of its pod "
        "(no image, no secret, no room on any node) and at the log of its driver."
    )


def _go_on(pipeline: str, day: str, *, cluster: bool) -> str:
    """Return how to continue the run after the fault is repaired."""
    option = f" --day {day}" if day else ""
    if not cluster:
        return f"**Then** run it again: `airloom run {pipeline.removeprefix('airloom-')}{option}`."
    return (
        "**Then**, after a change of data or of a server, use *Retry*: steps that succeeded are not run "
        "again. A change of settings, limits or program needs a new image and a new run: "
        f"`airloom deploy run {pipeline}{option}`."
    )


def _failure(record: StepRecord) -> str:
    if record.state == "running":
        what = "killed before it could say why: by its memory limit, its time-out, a lost node or a full lake"
        do = (
            "Open the task's pod. *OOMKilled*: raise the step's memory in "
            "`pipelines/pods/step_resources.py`. *DeadlineExceeded*: raise its time there. A lost node: "
            "nothing"
        )
    else:
        what = _escape(record.message)
        do = _escape(record.next_step) or "The step's log has the traceback: this is a fault of the program"
    return f"**What failed**: `{record.step}`, attempt {record.attempt}: {what}.\n\n**Next step**: {do}."


def _withdrawn(steps: Sequence[StepRecord]) -> list[str]:
    days = [text for record in steps for text in record.outputs.get("withdrawn", ())]
    if not days:
        return []
    listed = _escape("; ".join(days))
    return [f"**Withdrawn**: {listed}: no longer in the landing zone, so what was made of it is removed."]


def _took(steps: Sequence[StepRecord]) -> str:
    if not steps:
        return "No step left a record."
    ends = [record.started_at.timestamp() + record.seconds for record in steps]
    seconds = max(ends) - steps[0].started_at.timestamp()
    return f"{len(steps)} {'step' if len(steps) == 1 else 'steps'}, {format_duration(seconds)} in all."


def _table(steps: Sequence[StepRecord], *, failed: bool) -> str:
    if not steps:
        return ""
    lost = "killed" if failed else "end not recorded"
    head = [
        "| step | state | attempt | time | peak memory | result |",
        "| --- | --- | ---: | ---: | ---: | --- |",
    ]
    rows = [
        f"| {record.step} | {lost if record.state == 'running' else record.state} | {record.attempt} "
        f"| {_measured(record)} | {_result(record.outputs)} |"
        for record in steps
    ]
    return "\n".join([*head, *rows])


def _measured(record: StepRecord) -> str:
    """Return time and memory; neither for a step that is not known to have ended."""
    if record.state == "running":
        return "– | –"
    return f"{format_duration(record.seconds)} | {record.peak_memory_mb:,} MB"


def _result(outputs: Mapping[str, Any]) -> str:
    """Return the output parameters on one line; the one that has no name is only its value."""
    shown = [
        _value(value) if name == "Output" else f"{name} {_value(value)}"
        for name, value in sorted(outputs.items())
    ]
    text = _escape(", ".join(shown))
    return text if len(text) <= MAX_RESULT_CHARACTERS else text[: MAX_RESULT_CHARACTERS - 1] + "…"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return str(len(value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.3f}"


def _escape(text: str) -> str:
    """Return text of a log or a library, escaped so that it is no Markdown or HTML."""
    return re.sub(r"([\\`*_\[\]|<>#])", r"\\\1", one_line(text))
