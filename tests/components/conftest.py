from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.components.small_generators import SmallGenerators, run_generators
from tests.components.small_training import TrainingChain, run_chain
from tests.redis_server import RedisServer


@pytest.fixture(scope="session")
def chain(tmp_path_factory: pytest.TempPathFactory) -> TrainingChain:
    """A training set, a trained ranker and its evaluation, made once by the real steps."""
    return run_chain(tmp_path_factory.mktemp("training"))


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of the test's own."""
    server = RedisServer(tmp_path)
    yield server
    server.kill()


@pytest.fixture(scope="session")
def small_generators(chain: TrainingChain, tmp_path_factory: pytest.TempPathFactory) -> SmallGenerators:
    """Generators of the training set, made once by the real step."""
    return run_generators(chain, tmp_path_factory.mktemp("generators"))
