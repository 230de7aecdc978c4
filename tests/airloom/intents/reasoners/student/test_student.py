from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from airloom.errors import AirloomError
from airloom.intents.reasoners.student.student import MIN_CONFIDENCE, Student, pooled
from airloom.intents.reasoners.student.token_table import TokenTable
from tests.airloom.intents.reasoners.student.student_world import CATS, COFFEE

TITLES = ["a cat sleeps on my blanket", "espresso for two", "", "猫咪", "goals and funny weeks"]


def read(student: Student, titles: list[str], tokens: TokenTable) -> list[tuple[tuple[str, ...], ...]]:
    answers = student.read(titles, actions=["view"] * len(titles), tokens=tokens)
    return [tuple(path.labels for path in paths) for paths in answers]


def test_an_unseen_title_leads_to_what_the_teacher_read_into_titles_like_it(
    student: Student, tokens: TokenTable
) -> None:
    cat, espresso, nothing, chinese, _ = read(student, TITLES, tokens)

    assert cat[0] == chinese[0] == CATS.labels  # the encoder knows no Chinese: the teacher taught it
    assert espresso[0] == COFFEE.labels
    assert nothing == ()


def test_it_is_as_sure_as_the_teacher_is_about_titles_like_it(student: Student, tokens: TokenTable) -> None:
    cat, espresso, _, _, goals = student.read(TITLES, actions=["view"] * 5, tokens=tokens)

    assert cat[0].confidence > espresso[0].confidence > max((path.confidence for path in goals), default=0)
    for path in (*cat, *espresso, *goals):
        assert MIN_CONFIDENCE <= path.confidence <= 1.0


def test_a_title_is_read_alike_alone_and_among_others(student: Student, tokens: TokenTable) -> None:
    many = TITLES * 120

    together = student.read(many, actions=["view"] * len(many), tokens=tokens)

    alone = [student.read([title], actions=["view"], tokens=tokens)[0] for title in TITLES]
    for one, other in zip(alone * 120, together, strict=True):
        assert [path.labels for path in one] == [path.labels for path in other]
        assert [path.confidence for path in one] == pytest.approx(
            [path.confidence for path in other], abs=2e-4
        )


def test_a_saved_student_says_the_same(student: Student, tokens: TokenTable, tmp_path: Path) -> None:
    student.save(tmp_path / "a.safetensors")
    loaded = Student.load(tmp_path / "a.safetensors", tokens=tokens)
    loaded.save(tmp_path / "b.safetensors")

    assert read(loaded, TITLES, tokens) == read(student, TITLES, tokens)
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_what_is_no_student_is_said(student: Student, tokens: TokenTable, tmp_path: Path) -> None:
    file = tmp_path / "student.safetensors"
    with pytest.raises(AirloomError, match="is not a student"):
        Student.load(file, tokens=tokens)
    file.write_bytes(b"GIF89a")
    with pytest.raises(AirloomError, match="is not a student"):
        Student.load(file, tokens=tokens)
    save_file({"table": np.zeros(3)}, file)
    with pytest.raises(AirloomError, match="is not a student"):
        Student.load(file, tokens=tokens)
    tensors = {name: np.zeros(3) for name in ("table", "places", "slopes")}
    save_file(tensors, file, metadata={"student": json.dumps({"method": "0"})})
    with pytest.raises(AirloomError, match="another method or tokenizer"):
        Student.load(file, tokens=tokens)
    student._replace(tokenizer="other tokens").save(file)
    with pytest.raises(AirloomError, match="another method or tokenizer"):
        Student.load(file, tokens=tokens)
    student._replace(table=student.table[:10]).save(file)
    with pytest.raises(AirloomError, match="do not fit together"):
        Student.load(file, tokens=tokens)


def test_texts_are_pooled_to_directions_and_silence_to_zero() -> None:
    table = np.array([[3.0, 0.0], [0.0, 4.0]], np.float16)

    expected = np.array([[1.0, 0.0], [0.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
    np.testing.assert_allclose(pooled(table, [[0], [], [0, 1], [1, 1]]), expected)
