from __future__ import annotations

from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.generated_files import outdated, write_or_check


def test_a_file_that_is_absent_or_says_something_else_is_outdated(tmp_path: Path) -> None:
    (tmp_path / "same").write_text("猫\n", encoding="utf-8")
    (tmp_path / "other").write_text("b\n", encoding="utf-8")
    texts = {tmp_path / "same": "猫\n", tmp_path / "other": "c\n", tmp_path / "absent": ""}
    assert outdated(texts) == [tmp_path / "other", tmp_path / "absent"]


def test_a_check_names_what_is_outdated_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {tmp_path / "folder" / "page.md": "a\n"}
    (tmp_path / "folder").mkdir()
    assert write_or_check(lambda: texts, check=True, root=tmp_path) == 1
    assert capsys.readouterr().err == "Out of date: folder/page.md. Run: make compile\n"
    assert write_or_check(lambda: texts, check=False, root=tmp_path) == 0
    assert (tmp_path / "folder" / "page.md").read_text(encoding="utf-8") == "a\n"
    assert write_or_check(lambda: texts, check=True, root=tmp_path) == 0


def test_what_cannot_be_generated_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def generate() -> dict[Path, str]:
        raise AirloomError("page.md: no section is called x", do="Use another")

    assert write_or_check(generate, check=True, root=tmp_path) == 1
    assert "no section is called x" in capsys.readouterr().err
