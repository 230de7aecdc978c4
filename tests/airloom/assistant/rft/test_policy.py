"""Models are read from files of this machine, and say clearly what is missing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from airloom.assistant.rft.policy import load_policy, replies
from airloom.assistant.rft.settings import LoraSettings
from airloom.errors import AirloomError
from tests.airloom.assistant.rft.tiny_model import write_tiny_gguf

QUERIES = ["shelf 1 in black", "something by the maker of “thing 3”", "thing"]


def test_untrained_updates_change_no_reply(tiny_model: Path) -> None:
    plain = replies(load_policy(tiny_model), QUERIES, max_tokens=8, what="plain")
    updated = replies(load_policy(tiny_model, lora=LoraSettings()), QUERIES, max_tokens=8, what="updated")

    assert len(plain) == len(QUERIES)
    assert updated == plain


def test_a_reply_does_not_depend_on_its_neighbors(tiny_model: Path) -> None:
    policy = load_policy(tiny_model)

    together = replies(policy, QUERIES, max_tokens=8, what="together")
    assert [replies(policy, [query], max_tokens=8, what="alone")[0] for query in QUERIES] == together


def test_only_the_updates_are_trained(tiny_model: Path) -> None:
    model = load_policy(tiny_model, lora=LoraSettings()).model

    trained = [name for name, weight in model.named_parameters() if weight.requires_grad]
    assert trained
    assert all("lora_" in name for name in trained)


def test_a_gguf_file_is_the_same_model_and_can_be_trained(tiny_model: Path, tmp_path: Path) -> None:
    file = write_tiny_gguf(tiny_model, tmp_path / "tiny.gguf")

    policy, same = load_policy(file, lora=LoraSettings()), load_policy(tiny_model)

    assert replies(policy, QUERIES, max_tokens=8, what="gguf") == replies(
        same, QUERIES, max_tokens=8, what="folder"
    )
    assert any(weight.requires_grad for weight in policy.model.parameters())
    assert policy.digest != same.digest


def test_no_model_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match=r"holds no model.*safetensors, or a \.gguf file"):
        load_policy(tmp_path)


def test_a_model_in_a_pickle_is_not_read(tiny_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pickled"
    shutil.copytree(tiny_model, folder)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")

    with pytest.raises(AirloomError, match="holds no model"):
        load_policy(folder)


def test_a_model_without_a_chat_template_is_a_clear_error(tiny_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "base"
    shutil.copytree(tiny_model, folder)
    (folder / "chat_template.jinja").unlink()
    config = json.loads((folder / "tokenizer_config.json").read_text())
    config.pop("chat_template", None)
    (folder / "tokenizer_config.json").write_text(json.dumps(config))

    with pytest.raises(AirloomError, match="has no chat template"):
        load_policy(folder)


def test_untrained_updates_are_drawn_by_the_seed_alone(tiny_model: Path) -> None:
    def drawn(seed: int) -> list[bytes]:
        model = load_policy(tiny_model, lora=LoraSettings(), seed=seed).model
        return [weight.detach().numpy().tobytes() for weight in model.parameters() if weight.requires_grad]

    first = drawn(1)
    torch.rand(7)  # whatever else was drawn meanwhile

    assert drawn(1) == first
    assert drawn(2) != first
