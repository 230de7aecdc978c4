from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from airloom import process_folder as module
from airloom.process_folder import process_folder
from tests.processes import waited_for

KEEP = """
import sys, time
from pathlib import Path
from airloom.process_folder import process_folder
with process_folder("airloom-test") as folder:
    (folder / "content").mkdir()
    Path(sys.argv[1]).write_text(str(folder))
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_a_block_that_ends_leaves_nothing(temporary: Path) -> None:
    with process_folder("airloom-test") as folder:
        (folder / "file").write_text("content")
        assert folder.parent == temporary
    with pytest.raises(KeyError), process_folder("airloom-test"):
        raise KeyError
    assert list(temporary.iterdir()) == []


def test_the_folder_of_a_killed_process_goes_with_the_next_one_and_no_other_does(
    temporary: Path, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    linked = tmp_path / "linked"
    linked.mkdir()
    (temporary / "airloom-test-link").symlink_to(linked)
    others = temporary / "airloom-testament"
    others.mkdir()
    with subprocess.Popen([sys.executable, "-c", KEEP, str(started)]) as process:
        left = Path(waited_for(started))
        with process_folder("airloom-test") as mine, process_folder("airloom-test"):
            assert mine.is_dir()
        assert (left / "content").is_dir()  # its process lives
        process.kill()
    with process_folder("airloom-test"):
        assert not left.exists()
    assert linked.is_dir()
    assert others.is_dir()


def test_a_folder_that_another_process_removes_before_it_is_locked_is_made_again(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, taken = module._lock, list[Path]()

    def removed_first(folder: Path) -> int | None:
        if not taken:
            taken.append(folder)
            folder.rmdir()
        return lock(folder)

    monkeypatch.setattr(module, "_lock", removed_first)
    with process_folder("airloom-test") as folder:
        assert folder.is_dir()
        assert taken != [folder]
    assert list(temporary.iterdir()) == []
