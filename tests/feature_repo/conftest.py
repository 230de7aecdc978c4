from __future__ import annotations

import pytest

from feature_repo.store import apply, open_store
from tests.feature_repo.small_lake import build, deliver


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The root of a lake whose features are built and registered, but not materialised."""
    lake = deliver(tmp_path_factory.mktemp("lake"))
    build(lake)
    apply(open_store(lake=lake.root), lake=lake.root)
    return lake.root
