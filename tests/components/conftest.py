from __future__ import annotations

import pytest

from tests.components.small_training import TrainingChain, run_chain


@pytest.fixture(scope="session")
def chain(tmp_path_factory: pytest.TempPathFactory) -> TrainingChain:
    """A training set, a trained ranker and its evaluation, made once by the real steps."""
    return run_chain(tmp_path_factory.mktemp("training"))
