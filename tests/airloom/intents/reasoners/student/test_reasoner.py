from __future__ import annotations

from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.intents.answers import LLM, STUDENT, Answer, Version
from airloom.intents.atoms import Atom
from airloom.intents.distill import distill
from airloom.intents.encoding import EmbeddingCache
from airloom.intents.plan import plan
from airloom.intents.reasoners.choice import fallback_of
from airloom.intents.reasoners.student.lake_student import teach_student
from airloom.intents.reasoners.student.reasoner import StudentReasoner
from airloom.intents.reasoners.title_history import TitleHistoryReader
from airloom.intents.settings import DistillSettings
from airloom.intents.store import IntentStore
from airloom.logs.lake import Lake
from tests.airloom.intents.reasoners.student.classroom import CATS, COFFEE, TEACHER, classroom, store_answers
from tests.airloom.intents.shop import DAY, HashingEncoder

ENCODER = HashingEncoder(dimension=64)
BY_STUDENT = DistillSettings(reasoner="student")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return classroom(tmp_path / "lake")


def teach(lake: Lake) -> None:
    teach_student(lake, day=DAY, cache=EmbeddingCache(lake, ENCODER), threads=1)


def counted(lake: Lake) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Who answered, and the first path, by object."""
    return {
        row["object_id"]: (row["reasoner"], tuple(row["paths"][0]["labels"]) if row["paths"] else ())
        for row in IntentStore(lake).read().to_pylist()
    }


def test_it_reads_what_no_language_model_has_also_where_the_encoder_was(lake: Lake) -> None:
    distill(lake, day=DAY, settings=DistillSettings(), encoder=ENCODER)
    unread = IntentStore(lake).read(("reasoner",))["reasoner"].to_pylist().count("encoder")
    teach(lake)
    planned = plan(lake, day=DAY, settings=BY_STUDENT, shards=1)

    done = distill(lake, day=DAY, settings=BY_STUDENT)

    answered = counted(lake)
    assert done.asked == planned.missing == unread > 3
    assert answered["new0"] == ("student", CATS.labels)
    assert answered["new1"] == ("student", COFFEE.labels)
    assert answered["v000"] == ("openai", CATS.labels)
    assert distill(lake, day=DAY, settings=BY_STUDENT).asked == 0
    assert distill(lake, day=DAY, settings=DistillSettings(), encoder=ENCODER).asked == 0


def test_a_language_models_later_answer_takes_its_place(lake: Lake) -> None:
    teach(lake)
    distill(lake, day=DAY, settings=BY_STUDENT)
    store_answers(lake, Version(LLM, "later", "0123456789ab"), [Answer(Atom("view", "new0"), (COFFEE,))])

    assert counted(lake)["new0"] == ("openai", COFFEE.labels)


def test_its_version_says_what_was_learnt(lake: Lake) -> None:
    teach(lake)
    first = StudentReasoner(lake).version
    more = [Answer(Atom("view", f"new{number}"), (COFFEE,)) for number in range(2)]
    store_answers(lake, TEACHER, more)
    teach(lake)

    assert first.kind == StudentReasoner(lake).version.kind == STUDENT
    assert first != StudentReasoner(lake).version


def test_without_a_student_the_reader_is_told_and_the_encoder_stands_in_as_fallback(lake: Lake) -> None:
    fallback = DistillSettings(reasoner="openai", fallback="student")
    with pytest.raises(AirloomError, match="has no student"):
        distill(lake, day=DAY, settings=BY_STUDENT)

    before = fallback_of(fallback, lake)
    teach(lake)

    assert (before, fallback_of(fallback, lake)) == ("encoder", "student")
    assert fallback_of(DistillSettings(fallback="encoder"), lake) == "encoder"


def test_it_reads_a_history_as_one_long_title(lake: Lake) -> None:
    teach(lake)
    reasoner = StudentReasoner(lake)

    assert TitleHistoryReader(reasoner).read_histories([()]) == reasoner.paths_of([""]) == [()]
