from __future__ import annotations

import pytest

from airloom.logs.lake import Lake
from airloom.simulation.history import deliver_history
from airloom.simulation.settings import WorldSettings
from airloom.simulation.world import World


@pytest.fixture(scope="session")
def settings() -> WorldSettings:
    return WorldSettings(shoppers=300, history_days=8, served_days=2)


@pytest.fixture(scope="session")
def world(settings: WorldSettings) -> World:
    return World(settings)


@pytest.fixture(scope="session")
def lake(world: World, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The world's history, landed once; tests only read it."""
    lake = Lake(tmp_path_factory.mktemp("lake"))
    deliver_history(world, lake)
    return lake
