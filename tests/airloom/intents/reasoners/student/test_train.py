from __future__ import annotations

from pathlib import Path

import pytest

from airloom.intents.encoding import EmbeddingCache
from airloom.intents.paths import IntentPath
from airloom.intents.reasoners.student import train as teaching
from airloom.intents.reasoners.student.lake_student import student_file, student_version, unlabeled_texts
from airloom.intents.reasoners.student.student import Student
from airloom.intents.reasoners.student.token_table import TokenTable
from airloom.intents.reasoners.student.train import train
from airloom.intents.reasoners.student.training_data import (
    StudentTrainingData,
    TrainingExample,
    training_data,
)
from airloom.logs.lake import Lake
from tests.airloom.intents.reasoners.student.student_world import CATS, COFFEE
from tests.airloom.intents.shop import DAY, HashingEncoder


def taught_again(lake: Lake, tokens: TokenTable) -> Student:
    cache = EmbeddingCache(lake, HashingEncoder(dimension=64))
    return train(
        training_data(lake, day=DAY),
        texts=unlabeled_texts(lake, day=DAY),
        cache=cache,
        tokens=tokens,
        threads=1,
    )


def test_the_same_lessons_make_the_same_student(
    taught: tuple[Lake, Student], tokens: TokenTable, tmp_path: Path
) -> None:
    lake, _ = taught
    taught_again(lake, tokens).save(tmp_path / "again.safetensors")

    assert (tmp_path / "again.safetensors").read_bytes() == student_file(lake).read_bytes()
    assert student_version(lake).kind == "student"


def test_it_can_answer_what_the_teacher_wrote_most_often(
    taught: tuple[Lake, Student], tokens: TokenTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, student = taught
    assert student.paths == [CATS.labels, COFFEE.labels]  # two subjects of four, and one

    monkeypatch.setattr(teaching, "MAX_PATHS", 1)
    assert taught_again(lake, tokens).paths == [CATS.labels]


def test_an_action_that_is_surer_makes_the_student_surer(lake: Lake, tokens: TokenTable) -> None:
    sure = {"view": 0.2, "like": 0.8}
    rows = [
        TrainingExample(f"c{n}", action, f"cats {n}", (IntentPath(CATS.labels, sure[action]),))
        for n in range(60)
        for action in sure
    ]
    cache = EmbeddingCache(lake, HashingEncoder(dimension=64))
    student = train(StudentTrainingData("t", rows), texts=[], cache=cache, tokens=tokens, threads=1)

    viewed, liked = student.read(["cats", "cats"], actions=["view", "like"], tokens=tokens)

    assert viewed[0].confidence == pytest.approx(0.2, abs=0.05)
    assert liked[0].confidence == pytest.approx(0.8, abs=0.05)
