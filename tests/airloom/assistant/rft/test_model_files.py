"""A digest names what a model is, wherever it lies."""

from __future__ import annotations

import shutil
from pathlib import Path

from airloom.assistant.rft.model_files import model_digest


def test_a_copy_is_the_same_model_and_what_is_not_read_does_not_count(
    tiny_model: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(tiny_model, tmp_path / "copy"))
    (copy / "README.md").write_text("notes", encoding="utf-8")

    assert model_digest(copy) == model_digest(tiny_model)


def test_other_weights_or_another_chat_template_are_another_model(tiny_model: Path, tmp_path: Path) -> None:
    digests = {model_digest(tiny_model)}
    for name in ("model.safetensors", "chat_template.jinja"):
        copy = Path(shutil.copytree(tiny_model, tmp_path / name))
        (copy / name).write_bytes((copy / name).read_bytes() + b" ")
        digests.add(model_digest(copy))

    assert len(digests) == 3


def test_a_single_file_may_be_renamed(tmp_path: Path) -> None:
    for name in ("a.gguf", "b.gguf"):
        (tmp_path / name).write_bytes(b"GGUF")

    assert model_digest(tmp_path / "a.gguf") == model_digest(tmp_path / "b.gguf")
