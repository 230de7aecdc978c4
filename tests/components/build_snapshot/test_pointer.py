from __future__ import annotations

from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.timestamps import EpochSeconds
from components.build_snapshot.pointer import (
    CURRENT,
    Pointer,
    read_pointer,
    stored_snapshots,
    use_snapshot,
    write_pointer,
)
from components.build_snapshot.publish import publish

from .snapshot_days import snapshot


@pytest.fixture
def stored(tmp_path: Path) -> list[str]:
    """The digests of three published days, the newest first."""
    return [publish(snapshot(number), tmp_path, keep=3).digest for number in (1, 2, 3)][::-1]


def test_snapshots_are_listed_the_newest_first(tmp_path: Path, stored: list[str]) -> None:
    assert [one.digest for one in stored_snapshots(tmp_path)] == stored
    assert read_pointer(tmp_path) == stored_snapshots(tmp_path)[0]


def test_an_older_one_can_be_chosen_by_how_its_digest_begins(tmp_path: Path, stored: list[str]) -> None:
    chosen = use_snapshot(tmp_path, stored[2][:6])
    assert chosen.digest == stored[2]
    assert read_pointer(tmp_path) == chosen
    newest = publish(snapshot(4), tmp_path, keep=3)
    assert read_pointer(tmp_path) == Pointer(newest.digest, newest.before)


@pytest.mark.parametrize("digest", ["nothing", ""])
def test_a_digest_that_names_none_is_a_sentence(tmp_path: Path, stored: list[str], digest: str) -> None:
    with pytest.raises(AirloomError, match="no snapshot begins") as mistake:
        use_snapshot(tmp_path, digest)
    assert all(one in str(mistake.value) for one in stored)
    assert read_pointer(tmp_path) == stored_snapshots(tmp_path)[0]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"digest": "a"}', '{"digest": "a", "as_of": "never"}'])
def test_a_pointer_that_cannot_be_read_is_none_and_the_next_day_replaces_it(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / CURRENT).write_text(text, encoding="utf-8")
    assert read_pointer(tmp_path) is None
    saved = publish(snapshot(1), tmp_path, keep=3)
    assert read_pointer(tmp_path) == Pointer(saved.digest, saved.before)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_pointer(tmp_path, Pointer("abc", EpochSeconds(7)))
    assert read_pointer(tmp_path) == Pointer("abc", EpochSeconds(7))
