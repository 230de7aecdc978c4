"""The tiny model, written once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.airloom.assistant.rft.tiny_model import write_tiny_model


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its folder."""
    return write_tiny_model(tmp_path_factory.mktemp("tiny_model"))
