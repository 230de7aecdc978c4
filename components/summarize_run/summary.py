"""The summary of a run as Markdown: what a person on call reads first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from components.run_records import StepRecord

SUMMARY_STEP: Final = "summarize_run"
FAILED_STATES: Final = ("FAILED", "ERROR", "CANCELLED", "CANCELED")
"""States in which Kubeflow may leave a run that did not end well."""
MAX_RESULT_CHARACTERS: Final = 120


def summarize(records: Sequence[StepRecord], *, pipeline: str, state: str) -> str:
    """The page about one run.

    Args:
        records: The last attempt of every step that began.
        pipeline: Name of the pipeline.
        state: What Kubeflow says of the run. It is believed where it says failed: a run can also end between
            two steps, which leaves no record.
    """
    steps = [record for record in records if record.step != SUMMARY_STEP]
    unfinished = [record for record in steps if record.state != "succeeded"]
    failed = bool(unfinished) or state.upper() in FAILED_STATES
    day = next((record.outputs.get("Output") for record in steps if record.step == "resolve_day"), None)
    about = f" for {day}" if day else ""
    parts = [f"# {pipeline}{about}: {'failed' if failed else 'succeeded'}"]
    if failed:
        parts += list(dict.fromkeys(map(_failure, unfinished))) or [_FAILED_BETWEEN_STEPS]
    parts += [f"{len(steps)} steps began{_took(steps)}.", _table(steps)]
    return "\n\n".join(parts) + "\n"


_FAILED_BETWEEN_STEPS: Final = (
    "**What failed**: no step; Kubeflow stopped the run before a step or between two.\n\n"
    "**Next step**: Open the first task of the graph that is not green; its driver's log says why. "
    "Then use *Retry*: steps that succeeded are not run again."
)


def _failure(record: StepRecord) -> str:
    if record.state == "running":
        what = (
            "killed before it could say why; usual causes are its memory limit, its time-out and a lost node"
        )
        do = (
            "Open the task's pod: *OOMKilled* means that the step needs more memory, *DeadlineExceeded* more "
            "time (`pipelines/step_resources.py`)"
        )
    else:
        what = _escape(record.message)
        do = _escape(record.next_step) or "The step's log has the traceback: this is a fault of the program"
    return (
        f"**What failed**: `{record.step}`, attempt {record.attempt}: {what}.\n\n"
        f"**Next step**: {do}. Then use *Retry*: steps that succeeded are not run again."
    )


def _took(steps: Sequence[StepRecord]) -> str:
    if not steps:
        return ""
    ends = [record.started_at.timestamp() + record.seconds for record in steps]
    return f"; from the first to the end of the last {_duration(max(ends) - steps[0].started_at.timestamp())}"


def _table(steps: Sequence[StepRecord]) -> str:
    head = [
        "| step | state | attempt | time | peak memory | result |",
        "| --- | --- | ---: | ---: | ---: | --- |",
    ]
    rows = [
        f"| {record.step} | {'killed' if record.state == 'running' else record.state} | {record.attempt} "
        f"| {_duration(record.seconds)} | {record.peak_memory_mb:,} MB | {_result(record.outputs)} |"
        for record in steps
    ]
    return "\n".join([*head, *rows])


def _result(outputs: Mapping[str, Any]) -> str:
    """The output parameters on one line; the one that has no name is only its value."""
    shown = [
        _value(value) if name == "Output" else f"{name} {_value(value)}"
        for name, value in sorted(outputs.items())
    ]
    text = _escape(", ".join(shown))
    return text if len(text) <= MAX_RESULT_CHARACTERS else text[: MAX_RESULT_CHARACTERS - 1] + "…"


def _value(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.3f}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def _escape(text: str) -> str:
    """Text of a log or a library, so that it cannot become Markdown or HTML of its own."""
    return re.sub(r"([\\`*_\[\]|<>#])", r"\\\1", " ".join(text.split()))
