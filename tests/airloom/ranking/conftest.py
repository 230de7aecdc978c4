from __future__ import annotations

import pytest

from tests.airloom.ranking.small_shop import NOW, Shop, small_snapshot, some_history


@pytest.fixture(scope="session")
def shop() -> Shop:
    return Shop(small_snapshot(), NOW, some_history)
