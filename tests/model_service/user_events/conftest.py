from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.redis_server import RedisServer


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A real Redis for tests that leave it alone."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()
