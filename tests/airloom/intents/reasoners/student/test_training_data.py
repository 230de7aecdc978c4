from __future__ import annotations

from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.intents.answers import ENCODER, intent_version
from airloom.intents.atoms import Atom
from airloom.intents.reasoners.student.training_data import training_data
from airloom.intents.store import IntentStore
from airloom.llm.outcome import Answer
from airloom.llm.version import LLM
from tests.airloom.intents.reasoners.student.student_world import (
    CATS,
    COFFEE,
    TEACHER,
    store_answers,
    student_world,
)
from tests.airloom.intents.shop import DAY, NEXT_DAY, put_objects, video


def test_every_answer_is_a_lesson_with_the_title_of_the_day(tmp_path: Path) -> None:
    lake = student_world(tmp_path / "lake")
    put_objects(lake, NEXT_DAY, [video("v000", "renamed")])

    today, tomorrow = training_data(lake, day=DAY), training_data(lake, day=NEXT_DAY)

    assert today.teacher == TEACHER.folder
    assert len(today.rows) == 200
    by_id = {example.object_id: example for example in today.rows}
    assert by_id["v000"] == ("v000", "view", "my cat naps on its blanket 0", (CATS,))
    assert by_id["v003"].paths == ()
    assert {example.title for example in tomorrow.rows if example.object_id == "v000"} == {"renamed"}


def test_the_language_model_that_counts_first_is_the_teacher(tmp_path: Path) -> None:
    lake = student_world(tmp_path / "lake")
    better = intent_version(LLM, "better", "0123456789ab")
    ids = [f"v{number:03d}" for number in range(120)]
    store_answers(lake, better, [Answer(Atom("view", object_id), (COFFEE,)) for object_id in ids])
    store_answers(lake, intent_version(ENCODER, "e", "1"), [Answer(Atom("view", "new0"), (COFFEE,))])

    IntentStore(lake).prefer(TEACHER)
    assert training_data(lake, day=DAY).teacher == TEACHER.folder
    IntentStore(lake).prefer(better)
    assert [example.paths for example in training_data(lake, day=DAY).rows] == [(COFFEE,)] * 120


def test_of_two_answers_to_one_atom_the_one_that_counts_is_learnt(tmp_path: Path) -> None:
    lake = student_world(tmp_path / "lake")
    for path in (CATS, COFFEE):  # two files, as two workers would leave them
        store_answers(lake, TEACHER, [Answer(Atom("view", "new0"), (path,))])
    rows = IntentStore(lake).read(("object_id", "paths")).to_pylist()
    (counts,) = [tuple(row["paths"][0]["labels"]) for row in rows if row["object_id"] == "new0"]

    learnt = {
        example.paths[0].labels
        for _ in range(5)
        for example in training_data(lake, day=DAY).rows
        if example.object_id == "new0"
    }

    assert learnt == {counts}


def test_a_teacher_who_has_hardly_answered_is_named(tmp_path: Path) -> None:
    lake = student_world(tmp_path / "lake")
    new = intent_version(LLM, "new", "0123456789ab")
    store_answers(lake, new, [Answer(Atom("view", "new0"), (CATS,))])
    IntentStore(lake).prefer(new)

    with pytest.raises(AirloomError, match=rf"{new.folder} has 1 in .*intents/versions.txt"):
        training_data(lake, day=DAY)


def test_too_few_answers_are_no_school(tmp_path: Path) -> None:
    lake = student_world(tmp_path / "lake", videos=40)

    with pytest.raises(AirloomError, match=r"needs 100 answers with paths .* has 30 in"):
        training_data(lake, day=DAY)
