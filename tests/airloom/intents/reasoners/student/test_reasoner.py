from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airloom.errors import AirloomError
from airloom.intents import distill as distillation
from airloom.intents.answers import STUDENT, IntentAnswer, intent_version
from airloom.intents.atoms import Atom
from airloom.intents.distill import distill
from airloom.intents.encoding import EmbeddingCache
from airloom.intents.plan import plan
from airloom.intents.reasoners.factory import fallback_of, reasoner_named
from airloom.intents.reasoners.reasoner import Reasoner
from airloom.intents.reasoners.student.lake_student import student_file, train_student
from airloom.intents.reasoners.student.reasoner import StudentReasoner
from airloom.intents.reasoners.title_history import TitleHistoryReader
from airloom.intents.settings import DistillSettings
from airloom.intents.store import IntentStore
from airloom.llm.outcome import Answer
from airloom.llm.settings import OpenAISettings
from airloom.llm.version import LLM
from airloom.logs.lake import Lake
from tests.airloom.intents.reasoners.student.student_world import (
    CATS,
    COFFEE,
    TEACHER,
    store_answers,
    student_world,
)
from tests.airloom.intents.shop import DAY, HashingEncoder
from tests.airloom.llm.server.chat_server_double import ChatServerDouble

ENCODER = HashingEncoder(dimension=64)
BY_STUDENT = DistillSettings(reasoner="student")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return student_world(tmp_path / "lake")


def train(lake: Lake) -> None:
    train_student(lake, day=DAY, cache=EmbeddingCache(lake, ENCODER), threads=1)


def counted(lake: Lake) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Who answered, and the first path, by object."""
    return {
        row["object_id"]: (row["reasoner"], tuple(row["paths"][0]["labels"]) if row["paths"] else ())
        for row in IntentStore(lake).read().to_pylist()
    }


def test_it_reads_what_no_language_model_has_also_where_the_encoder_was(lake: Lake) -> None:
    distill(lake, day=DAY, settings=DistillSettings(), encoder=ENCODER)
    unread = IntentStore(lake).read(("reasoner",))["reasoner"].to_pylist().count("encoder")
    train(lake)
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
    train(lake)
    distill(lake, day=DAY, settings=BY_STUDENT)
    store_answers(
        lake, intent_version(LLM, "later", "0123456789ab"), [Answer(Atom("view", "new0"), (COFFEE,))]
    )

    assert counted(lake)["new0"] == ("openai", COFFEE.labels)


def test_its_version_says_what_was_learnt(lake: Lake) -> None:
    train(lake)
    first = StudentReasoner(lake).version
    more: list[IntentAnswer] = [Answer(Atom("view", f"new{number}"), (COFFEE,)) for number in range(2)]
    store_answers(lake, TEACHER, more)
    train(lake)

    assert first.kind == StudentReasoner(lake).version.kind == STUDENT
    assert first != StudentReasoner(lake).version


def test_without_a_student_the_reader_is_told_and_the_encoder_stands_in_as_fallback(lake: Lake) -> None:
    fallback = DistillSettings(reasoner="openai", fallback="student")
    with pytest.raises(AirloomError, match="has no student"):
        distill(lake, day=DAY, settings=BY_STUDENT)

    before = fallback_of(fallback, lake)
    train(lake)

    assert (before, fallback_of(fallback, lake)) == ("encoder", "student")
    assert fallback_of(DistillSettings(reasoner="openai"), lake) == "encoder"
    assert fallback_of(DistillSettings(reasoner="openai", fallback="none"), lake) is None
    assert fallback_of(DistillSettings(reasoner="encoder"), lake) is None


def test_as_fallback_it_reads_what_a_language_model_left(lake: Lake) -> None:
    train(lake)
    with ChatServerDouble().running() as server:
        reached = OpenAISettings(base_url=server.base_url, model="qwen", usd_per_million_in=10.0)
        settings = DistillSettings(reasoner="openai", fallback="student", budget_usd=0.0, openai=reached)
        done = distill(lake, day=DAY, settings=settings)

    assert (done.asked, done.stopped != "") == (0, True)
    assert done.fallback == 8
    assert counted(lake)["new0"] == ("student", CATS.labels)


def test_a_damaged_student_is_found_before_a_language_model_is_paid(lake: Lake) -> None:
    student_file(lake).write_bytes(b"oops")
    with ChatServerDouble().running() as server:
        reached = OpenAISettings(base_url=server.base_url, model="qwen")
        with pytest.raises(AirloomError, match="is not a student"):
            distill(
                lake,
                day=DAY,
                settings=DistillSettings(reasoner="openai", fallback="student", openai=reached),
            )

    assert server.requests == []


def test_a_student_that_is_replaced_meanwhile_answers_under_no_other_name(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(lake)

    def after_another_was_taught(*arguments: Any, **more: Any) -> Reasoner:
        store_answers(lake, TEACHER, [Answer(Atom("view", "new1"), (CATS,))])
        train(lake)
        return reasoner_named(*arguments, **more)

    monkeypatch.setattr(distillation, "reasoner_named", after_another_was_taught)

    with pytest.raises(AirloomError, match="was replaced meanwhile"):
        distill(lake, day=DAY, settings=BY_STUDENT)

    assert all(who != "student" for who, _ in counted(lake).values())


def test_taught_again_it_reads_anew_what_no_language_model_has(lake: Lake) -> None:
    train(lake)
    first = distill(lake, day=DAY, settings=BY_STUDENT)
    store_answers(lake, TEACHER, [Answer(Atom("view", "new1"), (CATS,))])
    train(lake)

    again = distill(lake, day=DAY, settings=BY_STUDENT)

    assert again.asked == first.asked - 1
    rows = IntentStore(lake).read(("reasoner", "prompt_version")).to_pylist()
    now = StudentReasoner(lake).version.prompt
    assert {row["prompt_version"] for row in rows if row["reasoner"] == "student"} == {now}


def test_it_reads_a_history_as_one_long_title(lake: Lake) -> None:
    train(lake)
    reasoner = StudentReasoner(lake)

    assert TitleHistoryReader(reasoner).read_histories([()]) == reasoner.paths_of([""]) == [()]
