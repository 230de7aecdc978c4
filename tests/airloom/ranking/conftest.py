from __future__ import annotations

import pytest

from tests.airloom.ranking.small_shop import NOW, SmallShop, small_snapshot, some_history


@pytest.fixture(scope="session")
def shop() -> SmallShop:
    return SmallShop(small_snapshot(), NOW, some_history)
