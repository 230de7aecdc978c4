"""The name under which the answers of a model in this process are stored."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from airloom.errors import AirloomError
from airloom.llm.settings import TransformersSettings

SAMPLE: Final = 4096
"""Bytes of each tensor that are read: hashing all of a large model would take longer than loading it."""

_DESCRIPTION: Final = ("config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
_HUB_ID: Final = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")


def model_name(settings: TransformersSettings) -> str:
    """Return a hub id as it is; for a local folder its name and 8 hexadecimal digits of what lies in it.

    The digits depend on how the model is built, on its tokenizer and on a piece of every tensor, so that a
    model that was trained further is another one, also in a folder of the same name.

    Raises:
        AirloomError: There is no such folder, or it holds no model in safetensors.
    """
    folder = Path(settings.model).expanduser()
    if folder.is_dir():
        return f"{folder.resolve().name}-{_digest(folder)}"
    if not _HUB_ID.fullmatch(settings.model):
        raise AirloomError(
            f"There is no folder {settings.model} with a model",
            do="Give a folder or the id of a model on a hub",
        )
    return settings.model


def _digest(folder: Path) -> str:
    weights = sorted(folder.glob("*.safetensors"))
    if not (folder / "config.json").is_file() or not weights:
        raise AirloomError(
            f"The folder {folder} has no config.json with *.safetensors beside it",
            do="Save the whole model there with model.save_pretrained and tokenizer.save_pretrained; weights "
            "in the pickle format (*.bin) are not loaded, an adapter must be merged into its model first",
        )
    digest = hashlib.sha256()
    for file in (folder / name for name in _DESCRIPTION):
        digest.update(file.read_bytes() if file.is_file() else b"")
        digest.update(b"\0")
    for file in weights:
        for piece in _pieces(file):
            digest.update(piece)
    return digest.hexdigest()[:8]


def _pieces(file: Path) -> Iterator[bytes]:
    """Yield the header of a safetensors file, and the middle of each of its tensors."""
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if length > file.stat().st_size:
            raise AirloomError(f"{file} is not a safetensors file", do="Download it again, as a whole")
        header = stream.read(length)
        yield header
        tensors = {name: entry for name, entry in json.loads(header).items() if name != "__metadata__"}
        for _, entry in sorted(tensors.items()):
            begin, end = entry["data_offsets"]
            stream.seek(8 + length + max(begin, (begin + end - SAMPLE) // 2))
            yield stream.read(min(SAMPLE, end - begin))
