"""Runs a pipeline here with the KFP local runner, one subprocess a step, and reads back what it made."""

from __future__ import annotations

import builtins
import contextlib
import io
import json
import logging
import os
import re
import shutil
import sys
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from airloom.child_processes import STARTED_BY
from airloom.errors import AirloomError
from airloom.files import write_text
from airloom.progress import LINE_EVERY_S
from components.run_records import RUN_ID

LOG = "run.log"
RECORD = "run.json"
COLOR = re.compile(r"\x1b\[\d+m")
STARTED = re.compile(r"Executing task '(?P<step>[^']+)'")
FINISHED = re.compile(r"Task '(?P<step>[^']+)' finished with status (?P<status>\w+)")
PROGRESS = re.compile(r"^\s*(?P<bar>[^:|]{1,60}:\s+\d+%\|.*)$")
USER_ERROR = re.compile(r"^\s*AirloomError: (?P<sentence>.+)$")


class StepResult(NamedTuple):
    """What one step of a run produced.

    Attributes:
        parameters: Its output parameters by name.
        artifacts: Path of each output artifact, by name.
        metadata: The metadata of each artifact (for Metrics: the figures).
    """

    parameters: dict[str, Any]
    artifacts: dict[str, Path]
    metadata: dict[str, dict[str, Any]]


class PipelineRun(NamedTuple):
    """A finished run.

    Attributes:
        name: The pipeline's name.
        status: `SUCCEEDED`; a failed run raises instead.
        steps: Every step by its task name; steps of a loop as `name-0`, `name-1`, ...
        seconds: Wall-clock duration.
        log: The whole output of all steps.
    """

    name: str
    status: str
    steps: dict[str, StepResult]
    seconds: float
    log: Path

    @property
    def day(self) -> str:
        """The day that it was about, which its folder is named after."""
        return self.log.parent.name


class _StepLog(io.TextIOBase):
    """Writes everything to a file, and the start, progress and end of each step to the terminal."""

    def __init__(self, log: io.TextIOBase, terminal: io.TextIOBase | Any) -> None:
        self._log = log
        self._terminal = terminal
        self._live = terminal.isatty()
        self._started: dict[str, list[float]] = {}  # a loop runs a step several times at once
        self._rest = ""
        self._bar = ""
        self._lock = threading.Lock()
        self.user_error: str | None = None

    def write(self, text: str) -> int:
        with self._lock:
            self._log.write(text)
            *lines, self._rest = (self._rest + text).split("\n")
            for line in lines:
                self._read(COLOR.sub("", line))
        return len(text)

    def flush(self) -> None:
        self._log.flush()

    def on_record(self, record: logging.LogRecord) -> bool:
        """Show which step began or ended; the logging filter of the local runner's records."""
        message = COLOR.sub("", record.getMessage())
        with self._lock:
            if match := STARTED.search(message):
                self._bar = ""
                self._started.setdefault(match["step"], []).append(time.monotonic())
                self._show(f"  … {match['step']}", passing=True)
            elif match := FINISHED.search(message):
                seconds = time.monotonic() - self._started[match["step"]].pop(0)
                sign = "✓" if match["status"] == "SUCCESS" else "✗"
                self._show(f"  {sign} {match['step']:<22} {seconds:6.1f} s")
        return True

    def _read(self, line: str) -> None:
        if bar := PROGRESS.match(line):
            self._bar = bar["bar"].strip()
            self._show(f"    {self._bar}", passing=True)
        if user_error := USER_ERROR.search(line):
            self.user_error = user_error["sentence"]

    @contextlib.contextmanager
    def lines(self) -> Iterator[None]:
        """Where the output is no terminal, tell every ten seconds which steps run and how far they are."""
        ended = threading.Event()
        if not self._live:
            threading.Thread(target=self._show_running, args=(ended,), daemon=True).start()
        try:
            yield
        finally:
            ended.set()

    def _show_running(self, ended: threading.Event) -> None:
        while not ended.wait(LINE_EVERY_S):
            with self._lock:
                now = time.monotonic()
                starts = [(step, start) for step, times in self._started.items() for start in times]
                running = [f"{step} {now - start:.0f} s" for step, start in starts]
                if running:
                    bar = f"  {self._bar}" if self._bar else ""
                    self._show(f"  … {', '.join(running)}{bar}")

    def _show(self, text: str, *, passing: bool = False) -> None:
        if self._live:
            self._terminal.write(f"\r\x1b[2K{text}" + ("" if passing else "\n"))
        elif not passing:
            self._terminal.write(text + "\n")
        self._terminal.flush()


def run_locally(
    pipeline: Callable[..., Any], arguments: dict[str, Any], *, folder: Path, title: str
) -> PipelineRun:
    """Run `pipeline` with `arguments`; artifacts and log go to `folder`, replacing an earlier run.

    Raises:
        AirloomError: A step failed; the message is the step's own sentence where it gave one.
    """
    from kfp import local

    print(title, file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    log_path = folder / LOG
    local.init(local.SubprocessRunner(use_venv=False), pipeline_root=str(folder), raise_on_error=True)
    os.environ[RUN_ID] = str(uuid.uuid4())  # as Kubeflow does for its steps
    os.environ[STARTED_BY] = str(os.getpid())
    started = time.monotonic()
    with log_path.open("w", encoding="utf-8") as log:
        steps = _StepLog(log, sys.stderr)
        with (
            steps.lines(),
            contextlib.redirect_stdout(steps),
            _log_records_to(steps),
            warnings.catch_warnings(),
        ):
            warnings.filterwarnings("ignore", message="You may be attemping to run a task")
            try:
                pipeline(**arguments)
            except RuntimeError as error:
                sentence = steps.user_error or f"A step of {title} failed ({error})"
                raise AirloomError(sentence, do=f"The whole output is in {log_path}") from error
    run = PipelineRun(
        name=pipeline.name,  # type: ignore[attr-defined]
        status="SUCCEEDED",
        steps=_read_steps(folder),
        seconds=time.monotonic() - started,
        log=log_path,
    )
    record = {"name": run.name, "status": run.status, "seconds": round(run.seconds, 1)}
    write_text(folder / RECORD, json.dumps(record, indent=2, sort_keys=True))
    return run


@contextlib.contextmanager
def _log_records_to(steps: _StepLog) -> Iterator[None]:
    """Pass the local runner's log records to `steps`, and undo what parallel steps leave behind.

    Each step swaps the handlers and the level of the root logger and `print`, and swaps them back in the
    order in which steps end: a handler would miss records, a filter does not; the rest is restored here.
    """
    original, logger = builtins.print, logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(logging.NullHandler())  # or a message outside a step would go to the terminal
    logger.addFilter(steps.on_record)
    try:
        yield
    finally:
        builtins.print = original
        logger.removeFilter(steps.on_record)
        logger.handlers[:] = handlers
        logger.setLevel(level)


def past_run(folder: Path) -> PipelineRun | None:
    """Return the run that succeeded in `folder`; None if there is none."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except OSError:
        return None
    return PipelineRun(**record, steps=_read_steps(folder), log=folder / LOG)


def _read_steps(folder: Path) -> dict[str, StepResult]:
    steps: dict[str, StepResult] = {}
    for output in sorted(folder.rglob("executor_output.json")):
        task = output.parent
        iteration = re.search(r"-iteration-(\d+)$", task.parent.name)
        name = f"{task.name}-{iteration[1]}" if iteration else task.name
        content = json.loads(output.read_text(encoding="utf-8"))
        artifacts: dict[str, Path] = {}
        metadata: dict[str, dict[str, Any]] = {}
        for key, entry in content.get("artifacts", {}).items():
            artifact = entry["artifacts"][0]
            # the name alone: the whole path is that of the home in which the run was made
            artifacts[key] = task / Path(artifact["uri"]).name
            metadata[key] = dict(artifact.get("metadata", {}))
        steps[name] = StepResult(content.get("parameterValues", {}), artifacts, metadata)
    return steps
