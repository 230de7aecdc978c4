"""Requests of files are split by their words, and their answers are the labels."""

from __future__ import annotations

from pathlib import Path

import pytest

from airloom.assistant.rft.file_requests import file_requests, is_held_out
from airloom.errors import AirloomError
from tests.airloom.assistant.rft.people_requests import WORDS, write_people_requests


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of the files."""
    return write_people_requests(tmp_path / "films")


def test_every_request_with_an_answer_is_in_one_of_both_sets(folder: Path) -> None:
    sets = file_requests(folder, split="valid", requests=100, held_out=100)

    training, held_out = ([one.case.query for one in own] for own in (sets.training, sets.held_out))
    assert sorted(training + held_out) == sorted(WORDS)
    assert 4 <= len(held_out) <= 16
    assert [query for query in WORDS if is_held_out(query)] == held_out


def test_answers_are_the_labels_and_rules_read(folder: Path) -> None:
    sets = file_requests(folder, split="valid", requests=3, held_out=2)

    assert (len(sets.training), len(sets.held_out)) == (3, 2)
    ids = sets.graph.snapshot.objects.ids
    for one in sets.training:
        assert [ids[row] for row in one.case.satisfying] == ["1", "2"]
        assert "Mira Vance" in [condition.text for condition in one.reading.conditions]


def test_the_same_words_are_on_the_same_side() -> None:
    assert all(is_held_out(words) == is_held_out(f"  {words.upper()} ") for words in WORDS)


def test_a_split_without_requests_to_judge_by_is_a_clear_error(folder: Path) -> None:
    with pytest.raises(AirloomError, match="too few requests of the split 'test'"):
        file_requests(folder, split="test", requests=100, held_out=100)
