from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from airloom.telemetry import switch_off
from tests.offline_browser import OfflineBrowser, running_browser

switch_off()

SEED: Final = 20_261_201
"""Order of the tests and state of the random generators, where no --randomly-seed is given."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give pytest-randomly a fixed seed, so that a failure can be repeated."""
    if getattr(config.option, "randomly_seed", None) == "default":
        config.option.randomly_seed = SEED


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfflineBrowser]:
    """A Chromium that reaches no host; tests that open a report in it are skipped where none is installed."""
    with running_browser(tmp_path_factory.mktemp("browser")) as running:
        yield running
