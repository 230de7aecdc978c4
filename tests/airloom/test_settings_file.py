from __future__ import annotations

from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.settings_file import read_settings_file


def read(tmp_path: Path, text: str) -> dict[str, object]:
    file = tmp_path / "s.yaml"
    file.write_text(text, encoding="utf-8")
    return read_settings_file(file, what="The file", do="Mend it")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a: {b: 1}\n", {"a": {"b": 1}}),
        ('{"a": [1, 2]}', {"a": [1, 2]}),
        ("# only a comment\n", {}),
        ("rate: 1e-3\n", {"rate": 0.001}),
        ("base: &b {x: 1}\na: {<<: *b, y: 2}\n", {"base": {"x": 1}, "a": {"x": 1, "y": 2}}),
    ],
)
def test_a_file_is_a_mapping(tmp_path: Path, text: str, values: dict[str, object]) -> None:
    assert read(tmp_path, text) == values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2]", "holds no mapping"),
        ("a: 1\nb: {c: 1, c: 2}\n", "c is given twice, line 2"),
        ("a: [", "line 1"),
        ("a: !!python/object/apply:os.system [ls]\n", "could not determine a constructor"),
    ],
)
def test_what_is_no_settings_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(AirloomError, match=message):
        read(tmp_path, text)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match=r"The file .*absent\.yaml cannot be read"):
        read_settings_file(tmp_path / "absent.yaml", what="The file", do="Mend it")
    (tmp_path / "latin.yaml").write_bytes("name: Käse".encode("latin-1"))
    with pytest.raises(AirloomError, match="utf-8"):
        read_settings_file(tmp_path / "latin.yaml", what="The file", do="Mend it")
