from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import compile as compiling


def test_the_committed_pipelines_are_what_the_code_says() -> None:
    assert compiling.outdated() == []


def test_a_pipeline_that_differs_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiling.compile_into(tmp_path)
    (tmp_path / "airloom-daily.yaml").write_text("changed")
    monkeypatch.setattr(compiling, "COMPILED", tmp_path)
    assert compiling.outdated() == ["airloom-daily.yaml"]
