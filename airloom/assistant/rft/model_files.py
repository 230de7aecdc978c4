"""The files of a language model: a folder as transformers writes it, or one GGUF file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

GGUF: Final = ".gguf"
READ: Final = ("*.json", "*.jinja", "*.model", "*.safetensors", "merges.txt", "vocab.txt")
"""What is read of a folder: configuration, tokenizer and weights."""


def model_digest(model: Path) -> str:
    """Return a digest of the files that a model is read from, 16 hexadecimal digits; their place is no part.

    Raises:
        OSError: A file cannot be read.
    """
    files = {file for pattern in READ for file in model.glob(pattern)} if model.is_dir() else {model}
    digest = hashlib.sha256()
    for file in sorted(files):
        with file.open("rb") as content:
            own = hashlib.file_digest(content, "sha256").hexdigest()
        name = "" if file.suffix == GGUF else file.name
        digest.update(f"{name} {own}\n".encode())
    return digest.hexdigest()[:16]
