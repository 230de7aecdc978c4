from __future__ import annotations

from pathlib import Path

import pytest

from airloom.bench.event_files import EventFiles
from airloom.bench.open_dataset import open_dataset
from airloom.bench.sequence_files import SequenceFiles
from airloom.errors import AirloomError
from tests.airloom.bench.small_data import write_events, write_sequences


def test_the_files_decide_the_format(tmp_path: Path) -> None:
    assert isinstance(open_dataset(write_sequences(tmp_path / "a"), "a"), SequenceFiles)
    assert isinstance(open_dataset(write_events(tmp_path / "b"), "b"), EventFiles)


def test_a_folder_with_neither_format_is_told_both(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match=r"item_titles\.tsv .* events\.csv .*docs/how-to/benchmark\.md"):
        open_dataset(tmp_path, "nothing")
