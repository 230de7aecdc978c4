"""Files of models that came with a package: used only if their bytes are the expected ones."""

from __future__ import annotations

from pathlib import Path

from airloom.errors import AirloomError
from airloom.files import sha256_of


def verify(file: Path, *, sha256: str, model: str, reinstall: str) -> Path:
    """Return `file` if it has the expected hash.

    Args:
        file: A file of the model.
        sha256: Its expected hash.
        model: The model, as messages name it.
        reinstall: What to do if it is missing or another.

    Raises:
        AirloomError: It is missing or differs.
    """
    if not file.is_file():
        raise AirloomError(f"{model} has no file at {file}", do=reinstall)
    digest = sha256_of(file)
    if digest != sha256:
        raise AirloomError(
            f"{file} is not of {model}: its SHA-256 is {digest}, expected is {sha256}", do=reinstall
        )
    return file
