from __future__ import annotations

import pyarrow as pa
import pytest

from airloom.errors import AirloomError
from airloom.intents.answers import Answer, Version, answer_rows
from airloom.intents.atoms import Atom
from airloom.intents.paths import IntentPath
from airloom.intents.store import ENCODER, IntentStore
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import contents

LLM = Version("imported", "llm", "v1")
CONTROL = Version(ENCODER, "hashing", "1")


def rows(version: Version, answers: dict[str, list[str]]) -> pa.Table:
    keys = [Atom("view", object_id) for object_id in answers]
    atoms = pa.Table.from_pylist([{"atom_id": key.atom_id, **key._asdict()} for key in keys])
    said = [Answer(tuple(IntentPath((label,), 0.5) for label in labels)) for labels in answers.values()]
    return answer_rows(atoms, said, version=version)


def test_the_control_counts_only_where_nobody_else_answered(lake: Lake) -> None:
    store = IntentStore(lake)
    store.append(CONTROL, rows(CONTROL, {"c1": ["cats"], "c2": ["coffee"]}))
    store.append(LLM, rows(LLM, {"c1": [], "c3": ["sport"]}))

    read = {row["object_id"]: (row["reasoner"], row["status"]) for row in store.read().to_pylist()}

    assert read == {"c1": ("imported", "empty"), "c2": (ENCODER, "answered"), "c3": ("imported", "answered")}
    assert store.versions() == [LLM.folder, CONTROL.folder]


def test_the_same_rows_are_stored_once(lake: Lake) -> None:
    store = IntentStore(lake)
    store.append(LLM, rows(LLM, {"c1": ["cats"]}))
    before = contents(lake.path("intents"))

    store.append(LLM, rows(LLM, {"c1": ["cats"]}))

    assert contents(lake.path("intents")) == before


def test_another_model_prompt_or_reasoner_is_another_version() -> None:
    folders = {
        LLM.folder,
        LLM._replace(model="llm2").folder,
        LLM._replace(prompt="v2").folder,
        CONTROL.folder,
    }

    assert len(folders) == 4
    assert Version("imported", "org/model:7b ../x", "v1").folder.count("/") == 0


def test_only_the_named_versions_say_what_is_answered(lake: Lake) -> None:
    store = IntentStore(lake)
    store.append(CONTROL, rows(CONTROL, {"c1": ["cats"]}))

    assert store.answered_ids() == {Atom("view", "c1").atom_id}
    assert store.answered_ids([LLM.folder]) == set()


def test_a_broken_file_is_named(lake: Lake) -> None:
    store = IntentStore(lake)
    store.append(LLM, rows(LLM, {"c1": ["cats"]}))
    (file,) = lake.path("intents", "answers").rglob("*.parquet")
    file.write_bytes(b"PAR1 not really")

    with pytest.raises(AirloomError, match=file.name):
        store.read()


def test_an_empty_store_has_no_answers(lake: Lake) -> None:
    assert IntentStore(lake).read().num_rows == 0
    assert IntentStore(lake).rejected().num_rows == 0
