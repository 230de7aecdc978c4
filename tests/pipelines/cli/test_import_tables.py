from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.cli.main import main

HEADER = "user_id,ts,action,object_id\n"


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """Return the command that imports the events."""
    events = tmp_path / "events.csv"
    return ["import", "tables", "--events", str(events), "--home", str(tmp_path / "shop")]


def run(words: list[str], monkeypatch: pytest.MonkeyPatch, *, status: int = 0) -> None:
    monkeypatch.setattr("sys.argv", ["airloom", *words])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == status


def test_what_becomes_of_days_of_an_earlier_import_is_asked_and_said(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    events = tmp_path / "events.csv"
    events.write_text(f"{HEADER}u1,2026-03-17T00:30:00Z,view,v1\n")
    run(words, monkeypatch)
    events.write_text(f"{HEADER}u1,2026-03-17T00:30:00+01:00,view,v1\n")

    run([*words, "--dry-run"], monkeypatch)
    assert "of an earlier import of this path, needs --other-days: 2026-03-17\n" in capsys.readouterr().out
    run(words, monkeypatch, status=1)
    assert "events of 2026-03-17" in capsys.readouterr().err
    run([*words, "--other-days", "remove"], monkeypatch)
    assert "of an earlier import of this path, removed: 2026-03-17\n" in capsys.readouterr().out
    landed = tmp_path / "shop" / "lake" / "landing" / "events"
    assert [day.name for day in landed.iterdir()] == ["dt=2026-03-16"]
