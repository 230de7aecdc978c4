from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from airloom.errors import AirloomError
from airloom.intents.atoms import Atom
from airloom.intents.prompt import IntentPrompt, shipped_prompt
from airloom.intents.reply_grammar import reply_grammar
from airloom.intents.task import IntentTask
from airloom.llm.in_process.causal_lm import CausalLM, best_allowed
from airloom.llm.in_process.chat_tokens import chat_tokens, shared_prefix
from airloom.llm.in_process.guided_replies import ReplyBatch, ReplyGuide
from airloom.llm.settings import TransformersSettings
from tests.airloom.llm.in_process.tiny_model import like, save_tiny_model, tiny_tokenizer

TITLES = ["cats", "a day of making honey with my first bee hive", "はじめての採蜜", "x"]
NOT_AT_ONCE = -100.0
"""How little a model likes to close the list: its replies are not empty."""


def model_in(folder: Path) -> CausalLM:
    return CausalLM(TransformersSettings(model=str(folder), device="cpu"), threads=1)


def prompts_for(model: CausalLM) -> list[list[int]]:
    chats = [
        IntentTask(IntentPrompt(shipped_prompt()), ["Kitchen"]).messages(
            Atom("view", "c1")._asdict() | {"title": title}
        )
        for title in TITLES
    ]
    return chat_tokens(model.tokenizer, chats)


def replies(model: CausalLM, prompts: list[list[int]], *, prefix: list[int]) -> list[str]:
    batch = empty_replies(model, len(prompts))
    model.write(prompts, batch, prefix=prefix)
    return batch.texts


def empty_replies(model: CausalLM, count: int) -> ReplyBatch:
    guide = ReplyGuide(model.tokenizer, grammar=reply_grammar(1), vocabulary=model.vocabulary, threads=1)
    return guide.begin(count)


def guide_for(tokenizer: Any) -> ReplyGuide:
    return ReplyGuide(tokenizer, grammar=reply_grammar(), vocabulary=10, threads=1)


SLIDING = {"use_sliding_window": True, "sliding_window": 32, "max_window_layers": 1}


@pytest.mark.parametrize("config", [{}, SLIDING])
def test_batch_padding_and_shared_prefix_change_no_reply(tmp_path: Path, config: dict[str, Any]) -> None:
    model = model_in(save_tiny_model(tmp_path, num_hidden_layers=2, **config))
    like(model._model, {"]": NOT_AT_ONCE})
    prompts = prompts_for(model)

    alone = [replies(model, [prompt], prefix=[])[0] for prompt in prompts]

    prefix = shared_prefix(prompts)
    assert len(prefix) > 300
    assert replies(model, prompts, prefix=[]) == alone
    assert replies(model, prompts, prefix=prefix) == alone
    assert replies(model, prompts[2:], prefix=prefix) == alone[2:]
    assert len(set(alone)) == len(alone)


def test_the_reply_is_the_models_own_choice_wherever_the_grammar_leaves_one(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    model = model_in(save_tiny_model(tmp_path))
    like(model._model, {"]": NOT_AT_ONCE})
    (prompt, *_) = prompts_for(model)
    batch = empty_replies(model, 1)
    model.write([prompt], batch, prefix=[])
    reference = AutoModelForCausalLM.from_pretrained(tmp_path).eval()
    like(reference, {"]": NOT_AT_ONCE})

    replayed, ids = empty_replies(model, 1), list(prompt)
    while not replayed.finished:
        with torch.inference_mode():
            logits = reference(torch.tensor([ids])).logits[0, -1]
        bits = np.unpackbits(replayed.allowed().view(np.uint8)[0], bitorder="little")[: len(logits)]
        ids.append(max(np.flatnonzero(bits).tolist(), key=lambda token: float(logits[token])))
        replayed.append(ids[-1:])

    assert replayed.texts == batch.texts
    assert batch.tokens[0] > 10


def test_no_logit_makes_a_forbidden_token_likely() -> None:
    allowed = np.array([[0b0110], [0b1000]], np.int32)
    broken = [[9.0, -torch.inf, -torch.inf, 9.0], [torch.inf, torch.nan, 5.0, torch.nan]]

    assert best_allowed(torch.tensor(broken), allowed).tolist() == [1, 3]


def test_a_folder_with_a_part_of_the_weights_is_not_filled_up_with_random_ones(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    file = save_tiny_model(tmp_path) / "model.safetensors"
    weights = {name: weight for name, weight in load_file(file).items() if "layers.0.mlp" not in name}
    save_file(weights, file, metadata={"format": "pt"})
    model = model_in(tmp_path)

    with pytest.raises(AirloomError, match="lack 3 of its weights"):
        replies(model, prompts_for(model), prefix=[])


def test_pickled_weights_are_not_loaded(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    file = save_tiny_model(tmp_path) / "model.safetensors"
    torch.save(load_file(file), tmp_path / "pytorch_model.bin")
    file.unlink()
    model = model_in(tmp_path)

    with pytest.raises(AirloomError, match=r"model\.safetensors"):
        replies(model, prompts_for(model), prefix=[])


def test_foreign_code_is_not_run(tmp_path: Path) -> None:
    config = save_tiny_model(tmp_path) / "config.json"
    config.write_text('{"model_type": "own", "auto_map": {"AutoConfig": "own.Own"}}')
    (tmp_path / "own.py").write_text("raise SystemExit('this ran')")

    with pytest.raises(AirloomError, match="cannot be loaded"):
        model_in(tmp_path)


def test_a_hub_that_cannot_be_reached_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)

    with pytest.raises(AirloomError, match=r"nobody/nothing cannot be loaded .*a hub that can be reached"):
        CausalLM(TransformersSettings(model="nobody/nothing"), threads=1)


def test_a_tokenizer_that_cannot_write_a_reply_is_refused() -> None:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    poor = Tokenizer(models.BPE(vocab={sign: index for index, sign in enumerate("abc{}")}, merges=[]))
    poor.pre_tokenizer, poor.decoder = pre_tokenizers.ByteLevel(), decoders.ByteLevel()
    with pytest.raises(AirloomError, match=r"no token for each of defg.*,:"):
        ReplyGuide(
            PreTrainedTokenizerFast(tokenizer_object=poor), grammar=reply_grammar(), vocabulary=8, threads=1
        )
    words = Tokenizer(models.WordLevel(vocab={"cats": 0}))
    with pytest.raises(AirloomError, match="cannot be used"):
        ReplyGuide(
            PreTrainedTokenizerFast(tokenizer_object=words), grammar=reply_grammar(), vocabulary=8, threads=1
        )
    guide_for(tiny_tokenizer())
