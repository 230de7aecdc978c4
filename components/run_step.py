"""`python3 -m components.run_step kfp.dsl.executor_main ...`: the command of every step's container.

Runs Kubeflow's executor and records the attempt in the lake, so that the run's summary can say what was done,
what failed and what to do. A user's mistake ends with its sentence and without a traceback.
"""

from __future__ import annotations

import argparse
import json
import os
import runpy
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from airloom.child_processes import end_with_starter
from airloom.errors import AirloomError, one_line
from airloom.logs.lake import Lake
from components.peak_memory import PeakMemory
from components.run_records import RUN_ID, RunRecords, StepRecord

MAX_MESSAGE_CHARACTERS: Final = 1000
"""Characters of a library's message, which may hold rows of the data."""


def main() -> int:
    """Run the step that the arguments name: Kubeflow's executor, and what it is given.

    Returns:
        The exit status: 1 after a user's mistake, whose sentence is the last line of the log.
    """
    end_with_starter()
    executor, step, executor_input = _arguments()
    attempt = _Attempt.begin(step, executor_input)
    memory = PeakMemory()
    try:
        with memory:
            runpy.run_module(executor, run_name="__main__")
    except AirloomError as error:
        attempt.end(memory, state="failed", message=error.what, next_step=error.do)
        print(f"AirloomError: {error}", file=sys.stderr, flush=True)
        return 1
    except SystemExit as error:
        attempt.end(memory, state="failed", message=f"it ended by itself, with status {error.code}")
        return error.code if isinstance(error.code, int) and 0 < error.code < 256 else 1
    except BaseException as error:
        attempt.end(memory, state="failed", message=_described(error))
        raise
    attempt.end(memory, state="succeeded", outputs=_output_parameters(executor_input))
    return 0


class _Attempt:
    """One attempt and its record; a record that cannot be written is a line in the log and fails nothing."""

    def __init__(self, records: RunRecords | None, record: StepRecord | None) -> None:
        self._records, self._record = records, record
        self._started, self._process = time.monotonic(), os.getpid()

    @classmethod
    def begin(cls, step: str, executor_input: Mapping[str, Any]) -> _Attempt:
        parameters = executor_input.get("inputs", {}).get("parameterValues", {})
        run_id = os.environ.get(RUN_ID, "")
        if not run_id or "lake" not in parameters:
            return cls(None, None)
        try:
            records = RunRecords(Lake(parameters["lake"]), run_id)
            return cls(records, records.begin(step, parameters))
        except Exception as error:  # noqa: BLE001 - whatever it is, the step's own work goes on
            print(f"This attempt is not recorded: {error}", file=sys.stderr)
            return cls(None, None)

    def end(self, memory: PeakMemory, **outcome: Any) -> None:
        if self._records is None or self._record is None or os.getpid() != self._process:
            return  # a process that the step started and that outlives it ends here, too
        seconds = round(time.monotonic() - self._started, 1)
        ended = replace(self._record, seconds=seconds, peak_memory_mb=memory.megabytes, **outcome)
        try:
            self._records.write(ended)
        except Exception as error:  # noqa: BLE001 - whatever it is, the step's own work is done
            print(f"The end of this attempt is not recorded: {error}", file=sys.stderr)


def _described(error: BaseException) -> str:
    try:
        text = f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - of a library's error that cannot say what it is
        text = type(error).__name__
    return one_line(text)[:MAX_MESSAGE_CHARACTERS]


def _arguments() -> tuple[str, str, dict[str, Any]]:
    parser = argparse.ArgumentParser(prog="python3 -m components.run_step", description=__doc__)
    parser.add_argument("executor", help="the module that runs a step; it reads the other arguments itself")
    parser.add_argument("--function_to_execute", required=True)
    parser.add_argument("--executor_input", required=True, type=json.loads)
    known, _ = parser.parse_known_args()
    return known.executor, known.function_to_execute, known.executor_input


def _output_parameters(executor_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the step returned, as Kubeflow's executor has just written it."""
    file = Path(executor_input["outputs"]["outputFile"])
    if not file.exists():  # a step without outputs writes none
        return {}
    values: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")).get("parameterValues", {})
    return values


if __name__ == "__main__":
    sys.exit(main())
