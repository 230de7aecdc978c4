from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.writers_lock import writers_lock

HOLDER = """
import sys, time
from pathlib import Path
from airloom.writers_lock import writers_lock
with writers_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_killed_holder_gives_the_lock_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "records.json"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        holder.kill()
        with writers_lock(path):
            pass

    assert not path.exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(AirloomError, match="file"), writers_lock(tmp_path / "file" / "below"):
        pass


def test_one_that_does_not_wait_says_who_is_in_the_way(tmp_path: Path) -> None:
    with (
        writers_lock(tmp_path / "training"),
        pytest.raises(AirloomError, match=r"Another process writes to .*training\. Wait until it has ended"),
        writers_lock(tmp_path / "training", wait=False),
    ):
        pass
    with writers_lock(tmp_path / "training", wait=False):
        pass
