from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipelines.demo.stages import Stages


class Work:
    """Two stages that count how often they ran; each leaves a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ran: list[str] = []

    def run(self, *, settings: str = "same", fail: str = "") -> dict[str, Any]:
        stages = Stages(self.folder, settings={"shoppers": settings})
        results = {}
        for name in ("first", "second"):
            results[name] = stages.run(name, partial(self._work, name, fail), makes=partial(self._made, name))
        return results

    def _made(self, name: str) -> list[Path]:
        return [self.folder / name]

    def _work(self, name: str, fail: str) -> dict[str, Any]:
        if name == fail:
            raise KeyboardInterrupt
        self.ran.append(name)
        (self.folder / name).write_text("made")
        return {"value": f"of {name}"}


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(tmp_path)


def test_a_second_run_reuses_every_stage_and_gives_the_same_results(work: Work) -> None:
    assert work.run() == work.run() == {"first": {"value": "of first"}, "second": {"value": "of second"}}
    assert work.ran == ["first", "second"]


def test_an_interrupted_run_goes_on_where_it_stopped(work: Work) -> None:
    with pytest.raises(KeyboardInterrupt):
        work.run(fail="second")
    work.run()
    assert work.ran == ["first", "second"]


def test_other_settings_run_everything_again(work: Work) -> None:
    work.run()
    work.run(settings="other")
    assert work.ran == ["first", "second"] * 2


@pytest.mark.parametrize("gone", ["first", "second"])
def test_when_a_result_is_gone_everything_runs_again(work: Work, gone: str) -> None:
    work.run()
    (work.folder / gone).unlink()
    work.run()
    assert work.ran == ["first", "second"] * 2


def test_a_torn_record_runs_everything_again(work: Work) -> None:
    work.run()
    next((work.folder / "demo" / "stages").glob("02-*")).write_text("{")
    work.run()
    assert work.ran == ["first", "second"] * 2


def test_a_home_that_was_copied_goes_on(work: Work, tmp_path_factory: pytest.TempPathFactory) -> None:
    work.run()
    copy = Work(tmp_path_factory.mktemp("copies") / "home")
    shutil.copytree(work.folder, copy.folder)
    copy.run()
    assert copy.ran == []


def test_a_record_of_an_older_release_runs_everything_again(
    work: Work, capsys: pytest.CaptureFixture[str]
) -> None:
    work.run()
    first = next((work.folder / "demo" / "stages").glob("01-*"))
    first.write_text('{"name": "first", "key": "abc", "result": {}, "seconds": 1.0, "makes": []}')
    work.run()
    assert work.ran == ["first", "second"] * 2
    assert "Everything runs again: no record says what a stage was made from" in capsys.readouterr().err


def test_other_settings_are_named(work: Work, capsys: pytest.CaptureFixture[str]) -> None:
    work.run()
    work.run(settings="other")
    message = "Everything runs again: the setting shoppers was 'same' and is 'other' now"
    assert message in capsys.readouterr().err
