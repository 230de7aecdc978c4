"""What a program that only calls the service must not wait for."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "numba", "numpy", "pyarrow", "bentoml", "starlette", "feast", "mlflow", "prometheus_client")
API = ("rank", "events", "explain", "erasures", "errors", "fields")


@pytest.mark.parametrize("module", ["model_service.client", *(f"model_service.api.{name}" for name in API)])
def test_the_client_and_the_models_of_the_api_load_nothing_heavy(module: str) -> None:
    program = f"import sys, {module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


def test_the_former_home_of_events_still_works() -> None:
    with pytest.warns(DeprecationWarning, match=r"model_service\.client"):
        from model_service.events.event import Event
    from model_service.client import Event as SameEvent

    assert Event is SameEvent
