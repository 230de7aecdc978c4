from __future__ import annotations

from pathlib import Path

import numba
import pytest

from airloom import compiled


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the package, for a moment."""
    monkeypatch.setattr(compiled, "SOURCES", tmp_path)
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    return tmp_path


def test_machine_code_of_other_sources_is_not_used(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = compiled._cache_folder()
    assert compiled._cache_folder() == before
    assert before.is_relative_to(sources)
    monkeypatch.setattr(compiled, "sources_digest", lambda: "0123456789abcdef")
    assert compiled._cache_folder() != before


def test_it_is_kept_where_the_environment_says(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert compiled._cache_folder().is_relative_to(sources)
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "elsewhere"))
    assert compiled._cache_folder().parent == tmp_path / "elsewhere"


def test_a_folder_that_others_may_write_to_is_not_used(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    own = compiled._cache_folder().parent
    assert (own.parent, own.stat().st_mode & 0o077) == (tmp_path, 0)
    assert compiled._cache_folder().parent == own
    own.chmod(0o777)
    assert compiled._cache_folder().parent != own
