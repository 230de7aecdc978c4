"""The tutorial's steps for own data, as a reader types them, over the export that its script writes."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from airloom.logs.contract import EVENTS, OBJECTS
from airloom.logs.lake import Lake

ROOT: Final = Path(__file__).resolve().parents[3]
TUTORIAL: Final = ROOT / "docs" / "tutorial" / "first-run.md"
SHOPPERS: Final = 60
"""Enough for every step; the tutorial itself takes 300."""


def commands() -> list[list[str]]:
    """Return the commands of the part about own data, in order, up to the service."""
    part = TUTORIAL.read_text(encoding="utf-8").split("## 4. Use your own data")[1]
    text = part.replace("\\\n", " ").split("\n")
    typed = [line.strip() for line in text if line.strip().startswith(".venv/bin/")]
    return [shlex.split(line) for line in typed[: [" serve " in line for line in typed].index(True)]]


def run(words: list[str], folder: Path) -> str:
    """Run a command of the tutorial in a folder, and return what it printed."""
    program, *arguments = words
    if program == ".venv/bin/python":
        begin = [sys.executable, str(ROOT / arguments.pop(0))]
        arguments.append(str(SHOPPERS))
    else:
        begin = [sys.executable, "-m", "pipelines.cli.main"]
    done = subprocess.run(
        [*begin, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tutorial")


@pytest.fixture(scope="module")
def printed(folder: Path) -> dict[str, str]:
    """Return what every command printed, in order, by its words; a dry run is followed by the real one."""
    outputs = {}
    for words in commands():
        outputs[" ".join(words[1:])] = run(words, folder)
        if "--dry-run" in words:
            outputs["imported"] = run([word for word in words if word != "--dry-run"], folder)
    return outputs


def test_the_export_of_another_platform_is_landed_whole(printed: dict[str, str], folder: Path) -> None:
    lake = Lake(folder / "shop" / "lake")
    exported = Lake(folder / "shop-export" / "simulated")
    columns = ["user_id", "ts", "domain", "action", "object_id", "quantity", "unit_price"]
    assert lake.read(lake.landing(EVENTS), columns=columns).to_pylist() == (
        exported.read(exported.landing(EVENTS), columns=columns).to_pylist()
    )
    assert lake.read(lake.landing(OBJECTS)).num_rows == exported.read(exported.landing(OBJECTS)).num_rows
    assert "not used: device" in printed["imported"]


def test_the_check_says_that_a_run_would_take_everything(printed: dict[str, str]) -> None:
    assert re.search(r"events +[\d,]+ rows, 0 to quarantine", printed["check --home shop"])
    assert "missing" not in printed["check --home shop"]


def test_the_runs_leave_a_snapshot_and_a_verdict_on_the_ranker(printed: dict[str, str], folder: Path) -> None:
    current = json.loads((folder / "shop" / "lake" / "snapshots" / "current.json").read_text())
    assert (folder / "shop" / "lake" / "snapshots" / current["digest"]).is_dir()
    assert "HR@10" in printed["run training --home shop"]
