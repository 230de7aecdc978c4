"""`airloom snapshot` as a shell calls it, over published snapshots."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.build_snapshot.pointer import CURRENT, read_pointer
from components.build_snapshot.publish import FOLDER, publish
from pipelines.cli.main import main
from tests.components.build_snapshot.snapshot_days import snapshot


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with the snapshots of two days and one of a day far ahead, which serves."""
    for number in (1, 2, 26_000):
        publish(snapshot(number), tmp_path / "lake" / FOLDER, keep=3)
    return tmp_path


def airloom(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["airloom", "snapshot", *words])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


def test_a_wrong_pointer_is_mended_by_a_command(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert airloom(monkeypatch, "list", "--home", str(home)) == 0
    wrong, right, older = capsys.readouterr().out.splitlines()
    assert wrong.endswith("  serves")
    assert not right.endswith("  serves")
    digest = right.split()[0]

    assert airloom(monkeypatch, "use", digest[:8], "--home", str(home)) == 0
    assert capsys.readouterr().out.startswith(f"{digest} serves now; the last day that it knows is 1970-01-")
    serving = read_pointer(home / "lake" / FOLDER)
    assert serving is not None
    assert serving.digest == digest

    assert airloom(monkeypatch, "use", older.split()[0], "--home", str(home)) == 0
    assert airloom(monkeypatch, "use", "nothing", "--home", str(home)) == 1
    assert "no snapshot begins with 'nothing'. Name one of: " in capsys.readouterr().err


def test_a_lake_without_a_pointer_says_what_to_do(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "lake" / FOLDER / CURRENT).unlink()
    assert airloom(monkeypatch, "list", "--home", str(home)) == 0
    assert "No snapshot serves. Build one with: airloom run daily" in capsys.readouterr().out
