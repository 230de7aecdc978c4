from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from airloom.intents.distill import distill
from airloom.intents.settings import DistillSettings
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import DAY, HashingEncoder, shop
from tests.airloom.knowledge.jobs.model import model_server
from tests.airloom.llm.server.chat_server_double import ChatServerDouble


def lake_with_intents(root: Path) -> Lake:
    """The small shop, its videos read by an encoder."""
    lake = shop(root)
    distill(lake, day=DAY, settings=DistillSettings(), encoder=HashingEncoder())
    return lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return lake_with_intents(tmp_path / "lake")


@pytest.fixture
def server() -> Iterator[ChatServerDouble]:
    with model_server().running() as double:
        yield double
