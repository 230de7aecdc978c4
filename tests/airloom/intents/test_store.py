from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from airloom.errors import AirloomError
from airloom.intents.answers import ENCODER, INTENT_ANSWERS, IntentAnswer, IntentOutcome, intent_version
from airloom.intents.atoms import Atom
from airloom.intents.paths import IntentPath
from airloom.intents.store import IntentStore
from airloom.llm.keys import Shard
from airloom.llm.outcome import ANSWERED, FAILED, REJECTED, Answer, Unanswered, Usage
from airloom.llm.store import parquet_parts
from airloom.llm.version import LLM, Version
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import DAY, NEXT_DAY, contents

MODEL = intent_version(LLM, "llm", "v1")
CONTROL = intent_version(ENCODER, "hashing", "1")
FREE = Usage()


def answer(object_id: str, *labels: str, usage: Usage = FREE) -> IntentAnswer:
    return Answer(Atom("view", object_id), tuple(IntentPath((label,), 0.5) for label in labels), usage=usage)


def rejection(object_id: str, status: str, *, usage: Usage = FREE) -> Unanswered[Atom]:
    return Unanswered(Atom("view", object_id), status, "because", usage=usage)


def rows(version: Version, *outcomes: IntentOutcome, day: date = DAY) -> pa.Table:
    return INTENT_ANSWERS.table(INTENT_ANSWERS.rows(outcomes, version=version, reasoner="test", day=day))


def test_language_models_count_before_the_encoder(lake: Lake) -> None:
    store = IntentStore(lake)
    store.append(CONTROL, rows(CONTROL, answer("c1", "a"), answer("c2", "a"), answer("c3", "a")))
    store.append(MODEL, rows(MODEL, answer("c1"), answer("c4", "c")))

    read = {row["object_id"]: (row["model"], row["status"]) for row in store.read().to_pylist()}

    assert read == {
        "c1": ("llm", "empty"),
        "c2": ("hashing", "answered"),
        "c3": ("hashing", "answered"),
        "c4": ("llm", "answered"),
    }
    store.prefer(CONTROL)
    assert store.versions() == [MODEL.folder, CONTROL.folder]


def test_the_preferred_of_two_models_counts_and_a_person_may_reorder_them(lake: Lake) -> None:
    store, other = IntentStore(lake), MODEL._replace(model="other")
    for version in (MODEL, other):
        store.append(version, rows(version, answer("c1", version.model)))
        store.prefer(version)
    assert store.read()["model"].to_pylist() == ["other"]

    lake.path("intents", "versions.txt").write_text(f"{MODEL.folder}\n{other.folder}\n")

    assert store.read()["model"].to_pylist() == ["llm"]


def test_the_same_rows_are_stored_once(lake: Lake) -> None:
    store = IntentStore(lake)
    store.append(MODEL, rows(MODEL, answer("c1", "cats")))
    before = contents(lake.path("intents"))

    store.append(MODEL, rows(MODEL, answer("c1", "cats")))

    assert contents(lake.path("intents")) == before


def test_who_asked_makes_no_version_but_model_prompt_and_kind_do() -> None:
    others = {MODEL._replace(model="llm2").folder, MODEL._replace(prompt="v2").folder, CONTROL.folder}

    assert len({MODEL.folder, *others}) == 4
    assert intent_version(LLM, "org/model:7b ../x", "v1").folder.count("/") == 0


def test_rejected_rows_and_what_needs_no_question_are_told_apart(lake: Lake) -> None:
    store = IntentStore(lake)
    store.append(
        MODEL,
        rows(
            MODEL,
            answer("c1", "cats"),
            rejection("c2", REJECTED),
            rejection("c3", FAILED),
            rejection("c4", FAILED),
        ),
    )
    store.append(MODEL, rows(MODEL, answer("c4", "milk")))

    needs_no_question = {
        object_id
        for file in store.answered_or_rejected_files(MODEL.folder)
        for object_id in parquet_parts.read_file(file)["object_id"].to_pylist()
    }

    assert needs_no_question == {"c1", "c2", "c4"}
    assert {row["object_id"]: row["status"] for row in store.rejected_rows().to_pylist()} == {
        "c2": REJECTED,
        "c3": FAILED,
    }


def test_a_day_is_charged_to_the_shard_that_asked(lake: Lake) -> None:
    store = IntentStore(lake)
    names = [f"c{number}" for number in range(20)]
    store.append(MODEL, rows(MODEL, *(answer(name, usage=Usage(1, 9, 9, 0.5)) for name in names)))
    store.append(MODEL, rows(MODEL, rejection("c99", FAILED, usage=Usage(1, 0, 0, 0.25))))
    store.append(MODEL, rows(MODEL, answer("c50", usage=Usage(1, 9, 9, 0.5)), day=NEXT_DAY))

    shares = [store.spent(MODEL, day=DAY, shard=Shard(number, 3)) for number in range(3)]

    assert sum(shares) == pytest.approx(20 * 0.5 + 0.25)
    assert all(shares)
    assert store.spent(MODEL, day=NEXT_DAY, shard=Shard()) == 0.5


def test_small_files_become_one_and_say_the_same(lake: Lake) -> None:
    store = IntentStore(lake)
    for number in range(5):
        store.append(MODEL, rows(MODEL, answer(f"c{number}", "cats")))
    store.append(MODEL, rows(MODEL, answer("c3", "cats"), answer("c9")))
    before = store.read()

    store.compact()

    assert len(store.answer_files(MODEL.folder)) == 1
    assert store.read() == before
    again = contents(lake.path("intents"))
    store.compact()
    assert contents(lake.path("intents")) == again


def test_killed_between_writing_and_deleting_a_compaction_loses_and_doubles_nothing(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = IntentStore(lake)
    for number in range(5):
        store.append(MODEL, rows(MODEL, answer(f"c{number}", "cats")))
    before = store.read()

    def killed(path: Path, *, missing_ok: bool = False) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            store.compact()

    assert store.read() == before
    store.compact()
    assert store.read() == before
    assert len(store.answer_files(MODEL.folder)) == 1
    assert store.rows_of(MODEL.folder, status=ANSWERED).num_rows == 5


def test_a_reader_survives_a_compaction_under_its_hands(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    store = IntentStore(lake)
    for number in range(3):
        store.append(MODEL, rows(MODEL, answer(f"c{number}", "cats")))
    before, read_file = store.read(), parquet_parts.read_file

    def read_after_compaction(file: Path, **options: Any) -> pa.Table:
        monkeypatch.setattr(parquet_parts, "read_file", read_file)
        store.compact()
        return read_file(file, **options)

    monkeypatch.setattr(parquet_parts, "read_file", read_after_compaction)

    assert store.read() == before


def test_a_broken_file_is_named(lake: Lake) -> None:
    store = IntentStore(lake)
    store.append(MODEL, rows(MODEL, answer("c1", "cats")))
    (file,) = store.answer_files(MODEL.folder)
    file.write_bytes(b"PAR1 not really")

    with pytest.raises(AirloomError, match=file.name):
        store.read()


def test_an_empty_store_has_no_answers(lake: Lake) -> None:
    assert IntentStore(lake).read().num_rows == 0
    assert IntentStore(lake).rejected_rows().num_rows == 0
    assert IntentStore(lake).versions() == []
