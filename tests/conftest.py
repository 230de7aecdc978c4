from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Final

import hypothesis
import pytest

from airloom.telemetry import switch_off
from tests.offline_browser import OfflineBrowser, running_browser

switch_off()

SEED: Final = 20_261_201
"""Order of the tests and state of the random generators, where no --randomly-seed is given."""


PROFILE: Final = "airloom"
"""Property tests try the same examples in every run, however slow the machine is at the moment."""
hypothesis.settings.register_profile(
    PROFILE,
    derandomize=True,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Make the run the same wherever it is started.

    pytest-randomly gets a fixed seed and Hypothesis the same examples, so that a failure can be repeated. A
    shell that starts the tests in its background has Ctrl-C ignored by all below them, which the processes
    that tests interrupt would inherit.
    """
    hypothesis.settings.load_profile(PROFILE)
    if getattr(config.option, "randomly_seed", None) == "default":
        config.option.randomly_seed = SEED
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a binary parameter by its argument: packed bytes hold the second in which they were packed.

    Two workers that packed them in different seconds would have tests of different names, and not run.
    """
    if isinstance(val, bytes) and not (val.isascii() and val.decode().isprintable()):
        return argname
    return None


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfflineBrowser]:
    """A Chromium that reaches no host; tests that open a report in it are skipped where none is installed."""
    with running_browser(tmp_path_factory.mktemp("browser")) as running:
        yield running
