"""The command of a step's container, run as Kubeflow's launcher runs it: a process with one JSON argument."""

# Kubeflow reads the annotations of a step at run time, hence no postponed evaluation here.

import json
import os
import subprocess
import sys
from pathlib import Path

from airloom.logs.lake import Lake
from components.run_records import RUN_ID, RunRecords
from components.step import step


@step
def greet(lake: str, name: str) -> str:
    """Greets.

    Args:
        lake: Root of the lake.
        name: Whom.

    Returns:
        The greeting.
    """
    from airloom.errors import AirloomError

    if name == "nobody":
        raise AirloomError("There is nobody to greet", do="Name somebody")
    if name == "bug":
        raise ZeroDivisionError("http://me:s3cret@host divides by zero" + 2000 * ".")
    if name == "leaver":
        raise SystemExit(0)
    if name == "odd":

        class OddError(Exception):
            def __str__(self) -> str:
                raise ValueError

        raise OddError
    return f"Hello {name}"


def run(
    folder: Path, *, name: str, run_id: str = "run-1", lake: str = ""
) -> subprocess.CompletedProcess[str]:
    container = greet.component_spec.implementation.container
    executor_input = {
        "inputs": {"parameterValues": {"lake": lake or str(folder / "lake"), "name": name}},
        "outputs": {
            "parameters": {"Output": {"outputFile": str(folder / "Output")}},
            "outputFile": str(folder / "outputs.json"),
        },
    }
    arguments = ["--executor_input", json.dumps(executor_input), "--function_to_execute", "greet"]
    return subprocess.run(
        [*container.command, *arguments],
        env=os.environ | {RUN_ID: run_id, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_step_that_succeeds_leaves_its_output_and_a_record(tmp_path: Path) -> None:
    done = run(tmp_path, name="Ada")

    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "outputs.json").read_text())["parameterValues"] == {"Output": "Hello Ada"}
    (record,) = RunRecords(Lake(tmp_path / "lake"), "run-1").read()
    assert (record.step, record.state, record.outputs) == ("greet", "succeeded", {"Output": "Hello Ada"})
    assert record.peak_memory_mb > 10


def test_a_users_mistake_ends_with_its_sentence_and_no_traceback(tmp_path: Path) -> None:
    done = run(tmp_path, name="nobody")

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "AirloomError: There is nobody to greet. Name somebody."
    assert "Traceback" not in done.stderr + done.stdout
    (record,) = RunRecords(Lake(tmp_path / "lake"), "run-1").read()
    assert (record.state, record.message, record.next_step) == (
        "failed",
        "There is nobody to greet",
        "Name somebody",
    )


def test_a_fault_of_the_program_keeps_its_traceback(tmp_path: Path) -> None:
    done = run(tmp_path, name="bug")

    assert done.returncode == 1
    assert "Traceback" in done.stderr
    (record,) = RunRecords(Lake(tmp_path / "lake"), "run-1").read()
    assert record.message.startswith("ZeroDivisionError: http://***@host divides by zero")
    assert len(record.message) == 1000
    assert record.next_step == ""


def test_a_lake_that_takes_no_record_fails_no_step(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    done = run(tmp_path, name="Ada", lake=str(tmp_path / "file"))

    assert done.returncode == 0
    assert "This attempt is not recorded" in done.stderr


def test_without_the_id_of_a_run_nothing_is_recorded(tmp_path: Path) -> None:
    assert run(tmp_path, name="Ada", run_id="").returncode == 0
    assert not (tmp_path / "lake").exists()


def test_a_step_that_ends_the_process_has_not_done_its_work(tmp_path: Path) -> None:
    """Its outputs are not written, and with status 0 Kubeflow would take it for done."""
    assert run(tmp_path, name="leaver").returncode == 1

    (record,) = RunRecords(Lake(tmp_path / "lake"), "run-1").read()
    assert (record.state, record.message) == ("failed", "it ended by itself, with status 0")


def test_an_error_that_cannot_say_what_it_is_is_named(tmp_path: Path) -> None:
    assert run(tmp_path, name="odd").returncode == 1

    (record,) = RunRecords(Lake(tmp_path / "lake"), "run-1").read()
    assert (record.state, record.message) == ("failed", "OddError")


def test_a_broken_record_of_the_attempt_before_stops_no_step(tmp_path: Path) -> None:
    run(tmp_path, name="Ada")
    (file,) = (tmp_path / "lake" / "runs" / "run-1").iterdir()
    file.write_text("null", encoding="utf-8")

    assert run(tmp_path, name="Ada").returncode == 0
    (record,) = RunRecords(Lake(tmp_path / "lake"), "run-1").read()
    assert record.state == "succeeded"
