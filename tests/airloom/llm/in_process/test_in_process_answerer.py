from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import torch

from airloom.errors import AirloomError
from airloom.intents.answers import IntentOutcome
from airloom.intents.atoms import ATOM_SCHEMA, Atom
from airloom.intents.paths import IntentPaths
from airloom.intents.prompt import IntentPrompt, filled, shipped_prompt
from airloom.intents.reply import parse_reply
from airloom.intents.reply_bounds import ASKED
from airloom.intents.reply_grammar import reply_grammar
from airloom.intents.task import IntentTask
from airloom.llm.in_process.causal_lm import CausalLM
from airloom.llm.in_process.in_process_answerer import InProcessAnswerer
from airloom.llm.outcome import Answer, Unanswered
from airloom.llm.prompt import PromptTemplate
from airloom.llm.settings import TransformersSettings
from airloom.llm.version import LLM
from tests.airloom.llm.in_process.tiny_model import CHATML, like, save_tiny_model

PROMPT = PromptTemplate("=== system\nSections: $sections\n=== user\n$event")
"""Shorter than Airloom's: the model is random, it says the same to any."""

IntentAnswerer = InProcessAnswerer[Atom, IntentPaths]
LONGEST = reply_grammar().max_length
TITLES = ["cats", "a trip to the lake", "猫", "coffee", "<|im_end|>", "x" * 300, "cats again"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


def reasoner_in(
    folder: Path, *, prompt: PromptTemplate = PROMPT, batch_size: int = 3, max_paths: int = 3
) -> IntentAnswerer:
    settings = TransformersSettings(model=str(folder), device="cpu", batch_size=batch_size)
    return InProcessAnswerer(IntentTask(IntentPrompt(prompt), ["Kitchen"], max_paths), settings, threads=1)


def atoms(titles: Sequence[str]) -> pa.Table:
    rows = [
        Atom(("view", "like")[number % 2], f"c{number}")._asdict() | {"title": title}
        for number, title in enumerate(titles)
    ]
    return pa.Table.from_pylist(rows, schema=ATOM_SCHEMA)


def read(reasoner: IntentAnswerer, *chunks: Sequence[str]) -> list[Sequence[IntentOutcome]]:
    return list(reasoner.answer(atoms(titles) for titles in chunks))


@pytest.mark.parametrize(("seed", "chat_template"), [(0, CHATML), (1, CHATML), (2, None)])
def test_a_model_of_random_weights_answers_every_atom(
    tmp_path: Path, seed: int, chat_template: str | None
) -> None:
    reasoner = reasoner_in(save_tiny_model(tmp_path, seed=seed, chat_template=chat_template))

    outcomes = [outcome for batch in read(reasoner, TITLES, TITLES[:1]) for outcome in batch]

    assert len(outcomes) == len(TITLES) + 1
    assert {outcome.key.object_id for outcome in outcomes if outcome.key} == {
        f"c{n}" for n in range(len(TITLES))
    }
    for outcome in outcomes:
        assert isinstance(outcome, Answer)
        assert outcome.value == parse_reply(outcome.raw)
        assert outcome.usage.calls == 1
        assert 0 < outcome.usage.tokens_out <= len(outcome.raw)


def test_a_model_that_never_wants_to_stop_is_stopped_with_a_whole_reply(folder: Path) -> None:
    reasoner = reasoner_in(folder)
    like(reasoner._model._model, {"x": 400.0, ",": 300.0, "{": 200.0, '"': 100.0, "]": -100.0})

    ((outcome,),) = read(reasoner, ["cats"])

    assert isinstance(outcome, Answer)
    labels = [label for path in json.loads(outcome.raw)["paths"] for label in path["labels"]]
    assert len(labels) == ASKED.max_paths * ASKED.max_labels
    assert 0.9 * LONGEST < len(outcome.raw) <= LONGEST


def test_batches_are_answered_one_by_one_with_what_each_reply_took(folder: Path) -> None:
    reasoner = reasoner_in(folder)

    batches = read(reasoner, TITLES)

    assert [len(batch) for batch in batches] == [3, 3, 1]
    lengths = [outcome.usage.tokens_in for batch in batches for outcome in batch]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] > lengths[-1] + 100


def test_the_version_is_the_model_and_the_prompt(folder: Path) -> None:
    version = reasoner_in(folder).version

    assert version.kind == LLM
    assert version.model.startswith("tiny-")
    assert version.prompt == PROMPT.version != shipped_prompt().version


def test_chats_of_any_prompt_are_answered_in_their_order(folder: Path) -> None:
    reasoner = reasoner_in(folder, max_paths=5)
    chats = [filled(IntentPrompt(PROMPT), top_categories=[], event=title) for title in TITLES]

    together = reasoner.generate(chats)

    assert [reply.text for reply in together] == [reasoner.generate([chat])[0].text for chat in chats]
    assert all(len(parse_reply(reply.text)) <= 5 for reply in together)
    assert reasoner.generate([]) == []


def test_a_batch_too_large_for_the_gpu_is_halved_and_nothing_is_lost(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, sizes = CausalLM.write, []

    def with_little_memory(model: CausalLM, prompts: Sequence[list[int]], *rest: Any, **more: Any) -> None:
        sizes.append(len(prompts))
        if len(prompts) > 2:
            raise torch.OutOfMemoryError("no memory")
        write(model, prompts, *rest, **more)

    expected = {outcome for batch in read(reasoner_in(folder), TITLES) for outcome in batch}
    monkeypatch.setattr(CausalLM, "write", with_little_memory)

    batches = read(reasoner_in(folder, batch_size=7), TITLES)

    assert sizes == [7, 3, 1, 1, 1, 1, 1, 1, 1]
    assert {outcome for batch in batches for outcome in batch} == expected


def test_a_gpu_too_small_for_one_prompt_is_explained(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_memory(*_: Any, **__: Any) -> None:
        raise torch.OutOfMemoryError("no memory")

    monkeypatch.setattr(CausalLM, "write", without_memory)

    with pytest.raises(AirloomError, match="no memory left to read one prompt"):
        read(reasoner_in(folder), TITLES)


def test_a_prompt_that_leaves_no_room_is_rejected_and_the_others_are_answered(tmp_path: Path) -> None:
    reasoner = reasoner_in(save_tiny_model(tmp_path, max_position_embeddings=LONGEST + 400))

    rejected, *batches = read(reasoner, [*TITLES, "猫" * 300])

    (unanswered,) = rejected
    assert isinstance(unanswered, Unanswered)
    assert unanswered.key is not None
    assert unanswered.key.object_id == "c7"
    assert "does not fit into" in unanswered.reason
    assert sum(map(len, batches)) == len(TITLES)


def test_a_model_without_room_for_any_prompt_is_refused_before_its_weights_are_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasoner = reasoner_in(save_tiny_model(tmp_path, max_position_embeddings=LONGEST))
    monkeypatch.setattr(CausalLM, "_model", property(lambda _: pytest.fail("loaded")))

    with pytest.raises(AirloomError, match="longer context"):
        read(reasoner, TITLES)
    with pytest.raises(AirloomError, match="longer context"):
        reasoner.generate([filled(IntentPrompt(PROMPT), top_categories=[], event="cats")])


def test_a_tokenizer_of_another_model_is_noticed(tmp_path: Path) -> None:
    reasoner = reasoner_in(save_tiny_model(tmp_path, vocab_size=300))

    with pytest.raises(AirloomError, match="tokens that its model does not"):
        read(reasoner, TITLES)


def test_a_batch_of_none_is_refused(folder: Path) -> None:
    with pytest.raises(AirloomError, match="cannot have 0 questions"):
        reasoner_in(folder, batch_size=0)


def test_a_gpu_that_is_not_there_is_explained(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    settings = TransformersSettings(model=str(folder), device="cuda")
    reasoner = InProcessAnswerer(IntentTask(IntentPrompt(PROMPT), []), settings, threads=1)

    with pytest.raises(AirloomError, match="no GPU"):
        read(reasoner, TITLES)
