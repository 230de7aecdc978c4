from __future__ import annotations

from pathlib import Path

import pytest

from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import HashingEncoder, shop


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return shop(tmp_path / "lake")


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture(scope="session")
def minilm() -> SentenceEncoder:
    return SentenceEncoder(threads=1)
