from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.intents.model_file import verify


def test_only_a_file_with_the_expected_bytes_is_used(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"weights")
    expected = hashlib.sha256(b"weights").hexdigest()

    assert verify(file, sha256=expected, model="tiny", reinstall="Install it") == file

    file.write_bytes(b"Weights")
    with pytest.raises(
        AirloomError, match=f"is not of tiny: its SHA-256 is [0-9a-f]{{64}}, expected is {expected}"
    ):
        verify(file, sha256=expected, model="tiny", reinstall="Install it")
    file.unlink()
    with pytest.raises(AirloomError, match="tiny has no file at") as missing:
        verify(file, sha256=expected, model="tiny", reinstall="Install it")
    assert missing.value.do == "Install it"
