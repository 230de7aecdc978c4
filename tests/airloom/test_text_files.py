from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.text_files import find, find_all, read_lines


def test_plain_or_packed_the_lines_are_the_same(tmp_path: Path) -> None:
    text = "\ufeffone\r\n\ntwo, with a \u2028 inside\nthree".encode()
    (tmp_path / "a.txt").write_bytes(text)
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress(text))
    for name in ("a.txt", "b.txt"):
        file = find(tmp_path, name)
        assert file is not None
        assert read_lines(file) == ["one", "two, with a \u2028 inside", "three"]
    assert find(tmp_path, "c.txt") is None


def test_of_a_packed_and_a_plain_file_the_plain_one_counts(tmp_path: Path) -> None:
    for name in ("train_b.txt", "train_a.txt.gz", "train_b.txt.gz", "train_c.txt", "test.txt"):
        (tmp_path / name).write_bytes(b"")
    assert [file.name for file in find_all(tmp_path, "train*.txt")] == [
        "train_a.txt.gz",
        "train_b.txt",
        "train_c.txt",
    ]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", "caf\u00e9".encode("latin-1"), "is not UTF-8 at byte 3"),
        ("a.txt.gz", b"no gzip", "cannot be read"),
        ("a.txt.gz", gzip.compress(b"cut off" * 100, mtime=0)[:-9], "cannot be read"),
    ],
    ids=["another encoding", "not packed", "cut off"],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(AirloomError, match=message):
        read_lines(tmp_path / name)
