from __future__ import annotations

from pathlib import Path

import pytest

from airloom import sources


def test_other_sources_have_another_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "intents" / "columns.py"
    module.parent.mkdir()
    monkeypatch.setattr(sources, "SOURCES", tmp_path)

    def digest(text: str) -> str:
        module.write_text(text)
        return sources.sources_digest.__wrapped__()

    assert digest("FIRST = 0\n") == digest("FIRST = 0\n") != digest("FIRST = 1\n")
