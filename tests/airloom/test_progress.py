from __future__ import annotations

import subprocess
import sys

import pytest

from airloom.child_processes import STARTED_BY

WORK = """
import os, time
from airloom import progress
progress.LINE_EVERY_S = 0.2
if os.environ.get("AIRLOOM_STARTED_BY") == "me":  # as a command sets it for what it starts
    os.environ["AIRLOOM_STARTED_BY"] = str(os.getpid())
for _ in progress.progress(range(3), what="short", unit="rows"):
    pass
for _ in progress.progress(range(40), what="long", unit="rows"):
    time.sleep(0.05)
with progress.progress_bar(what="pieces", total=40, unit="rows") as bar:
    for _ in range(20):
        time.sleep(0.05)
        bar.update(2)
progress.silence()
list(progress.progress(range(3), what="silent"))
"""


def shown(monkeypatch: pytest.MonkeyPatch, *, started_by: str | None) -> str:
    """What the work shows on a standard error that is no terminal, carriage returns included."""
    monkeypatch.delenv(STARTED_BY, raising=False)
    if started_by:
        monkeypatch.setenv(STARTED_BY, started_by)
    done = subprocess.run([sys.executable, "-c", WORK], stderr=subprocess.PIPE, check=True)
    return done.stderr.decode()


@pytest.mark.parametrize("started_by", [None, "me"])
def test_where_there_is_no_terminal_a_long_step_tells_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, started_by: str | None
) -> None:
    text = shown(monkeypatch, started_by=started_by)
    assert "\r" not in text
    lines = text.splitlines()
    assert [line.partition(":")[0] for line in lines if "100%" in line] == ["long", "pieces"]
    assert 4 <= len(lines) < 40
    assert "short" not in text
    assert "silent" not in text


def test_under_a_command_that_shows_it_a_step_draws_its_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, started_by="1")
    assert "\rlong: " in text
    assert "short: 100%" in text
