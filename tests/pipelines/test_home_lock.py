from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from pipelines import home_lock
from pipelines.cli.main import main
from pipelines.home import Home
from pipelines.home_lock import STALE_S, Holder, locked
from tests.processes import waited_for

HOLD = """
import sys, time
from pathlib import Path
from pipelines.home import Home
from pipelines.home_lock import locked
with locked(Home.at(Path(sys.argv[1])), command="airloom run daily"):
    Path(sys.argv[1], "held").write_text("yes")
    time.sleep(600)
"""


@contextmanager
def holding(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds the lock of a home."""
    with subprocess.Popen([sys.executable, "-c", HOLD, str(folder)]) as process:
        try:
            waited_for(folder / "held")
            yield process
        finally:
            process.kill()


def take(folder: Path) -> None:
    with locked(Home.at(folder), command="airloom demo"):
        pass


def leave_holder(folder: Path, *, host: str, pid: int = 1, age_s: float = 0.0) -> None:
    """The file as a holder left it that could not release it."""
    file = folder / "lake" / ".lock"
    file.parent.mkdir(exist_ok=True)
    holder = Holder("airloom run training", pid, host, "2026-03-01T00:00:00+00:00")
    file.write_text(json.dumps(holder._asdict()))
    os.utime(file, (time.time() - age_s, time.time() - age_s))


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_lock, "_file_system", lambda _: "nfs4")


@pytest.fixture
def without_locks(monkeypatch: pytest.MonkeyPatch, network: None) -> None:
    def flock(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", flock)


def test_a_second_command_says_who_holds_the_home_and_the_next_gets_it(tmp_path: Path) -> None:
    with (
        holding(tmp_path) as process,
        pytest.raises(
            AirloomError, match=rf"used by `airloom run daily`, process {process.pid} on \S+, since"
        ),
    ):
        take(tmp_path)
    take(tmp_path)  # the holder was killed: the file still names it
    take(tmp_path)
    assert (tmp_path / "lake" / ".lock").read_text() == ""


def test_a_failing_command_releases_its_home(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(Home.at(tmp_path), command="airloom demo"):
        raise ZeroDivisionError
    take(tmp_path)


def test_the_command_line_says_it(tmp_path: Path) -> None:
    with holding(tmp_path):
        words = [
            "-m",
            "pipelines.cli.main",
            "run",
            "training",
            "--day",
            "2026-03-02",
            "--home",
            str(tmp_path),
        ]
        done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert done.stderr.startswith(f"airloom: {tmp_path} is used by `airloom run daily`")


def test_every_command_that_writes_into_a_home_waits_for_its_holder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    events = tmp_path / "events.csv"
    events.write_text("")
    importing = ["import", "tables", "--events", str(events)]
    commands = [
        ["sample"],
        importing,
        ["import", "amazon-content2commerce", "--data", str(tmp_path)],
        ["snapshot", "use", "3f0a"],
    ]

    def errors(words: list[str]) -> str:
        monkeypatch.setattr("sys.argv", ["airloom", *words, "--home", str(tmp_path)])
        with pytest.raises(SystemExit, match="1"):
            main()
        return capsys.readouterr().err

    with holding(tmp_path):
        for words in commands:
            assert errors(words).startswith(f"airloom: {tmp_path} is used by `airloom run daily`")
        assert "is used by" not in errors([*importing, "--dry-run"])
    for words in commands[1:]:
        assert "is used by" not in errors(words)
    assert not (tmp_path / "lake" / "landing").exists()


@pytest.mark.usefixtures("network")
def test_on_a_network_a_holder_on_another_machine_counts_while_it_is_fresh(tmp_path: Path) -> None:
    leave_holder(tmp_path, host="another")
    with pytest.raises(AirloomError, match="process 1 on another"):
        take(tmp_path)
    leave_holder(tmp_path, host="another", age_s=STALE_S + 1)
    take(tmp_path)


def test_here_the_kernels_lock_is_believed(tmp_path: Path) -> None:
    leave_holder(tmp_path, host="a-container-that-was-removed")
    take(tmp_path)


@pytest.mark.usefixtures("without_locks")
def test_without_locks_the_process_that_the_file_names_is_looked_for(tmp_path: Path) -> None:
    host = Holder.of_this_process("").host
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as other:
        leave_holder(tmp_path, host=host, pid=other.pid)
        with pytest.raises(AirloomError, match=f"process {other.pid}"):
            take(tmp_path)
        other.kill()
    take(tmp_path)


def test_a_holder_keeps_its_file_fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_lock, "TOUCH_S", 0.01)
    file = tmp_path / "lake" / ".lock"
    with locked(Home.at(tmp_path), command="airloom demo"):
        os.utime(file, (0, 0))
        deadline = time.monotonic() + 60
        while file.stat().st_mtime == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert file.stat().st_mtime > 0
