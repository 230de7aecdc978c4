from __future__ import annotations

from typing import Final

import pytest

from airloom.telemetry import switch_off

switch_off()

SEED: Final = 20_261_201
"""Order of the tests and state of the random generators, where no --randomly-seed is given."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give pytest-randomly a fixed seed, so that a failure can be repeated."""
    if getattr(config.option, "randomly_seed", None) == "default":
        config.option.randomly_seed = SEED
