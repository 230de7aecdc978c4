from __future__ import annotations

import pytest

from airloom.beyond_log.generator import BehaviorGenerator
from airloom.ranking.training.training_view import TrainingView
from tests.airloom.beyond_log.small_generators import fitted, tasteful_shoppers
from tests.airloom.ranking.small_shop import NOW, SmallShop, small_snapshot, some_history


@pytest.fixture(scope="session")
def shop() -> SmallShop:
    return SmallShop(small_snapshot(), NOW, some_history)


@pytest.fixture(scope="session")
def view(shop: SmallShop) -> TrainingView:
    return TrainingView(shop.snapshot, tasteful_shoppers(150)[0])


@pytest.fixture(scope="session", params=["ids", "codes"])
def generator(request: pytest.FixtureRequest, view: TrainingView) -> BehaviorGenerator:
    """One whose tokens are objects, and one of a catalogue that counts as large."""
    return fitted(view, codes=request.param == "codes")
