from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.llm.in_process.model_name import model_name
from airloom.llm.settings import TransformersSettings
from tests.airloom.llm.in_process.tiny_model import save_tiny_model


def name_of(model: Path | str) -> str:
    return model_name(TransformersSettings(model=str(model)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_tiny_model(tmp_path / "tiny")


def test_a_hub_id_is_its_own_name() -> None:
    assert name_of("Qwen/Qwen3-4B") == "Qwen/Qwen3-4B"


def test_a_folder_is_named_by_what_lies_in_it(folder: Path, tmp_path: Path) -> None:
    name = name_of(folder)
    assert name.startswith("tiny-")
    assert len(name) == len("tiny-") + 8

    copied = shutil.copytree(folder, tmp_path / "elsewhere" / "tiny")
    (copied / "README.md").write_text("notes")
    assert name_of(copied) == name


def test_any_changed_tensor_or_template_is_another_model(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    names = [name_of(folder)]
    weights = load_file(folder / "model.safetensors")
    for tensor in sorted(weights):
        weights[tensor] += 0.001
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        names.append(name_of(folder))
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text() + " ")
    names.append(name_of(folder))

    assert len(set(names)) == len(weights) + 2


def test_a_folder_without_safetensors_is_refused_before_anything_is_loaded(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")

    with pytest.raises(AirloomError, match=r"no config\.json with \*\.safetensors.*pickle format"):
        name_of(folder)


def test_a_file_that_is_none_and_a_missing_folder_are_explained(folder: Path, tmp_path: Path) -> None:
    (folder / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    with pytest.raises(AirloomError, match=r"model\.safetensors is not a safetensors file"):
        name_of(folder)
    with pytest.raises(AirloomError, match=r"There is no folder .*nowhere"):
        name_of(tmp_path / "nowhere")
