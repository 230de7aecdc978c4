from __future__ import annotations

from pathlib import Path

import pytest

from airloom.errors import AirloomError
from pipelines.demo.service_process import running_service


def test_a_service_that_waits_for_ever_says_for_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lake is empty, so there is no snapshot to serve."""
    monkeypatch.setattr("pipelines.demo.service_process.READY_TIMEOUT_S", 30)
    arguments = ["--lake", str(tmp_path / "lake"), "--mlflow-uri", f"sqlite:///{tmp_path / 'mlflow.db'}"]
    log = tmp_path / "logs" / "service.log"
    with (
        pytest.raises(AirloomError, match=r"The service did not start: .*snapshot"),
        running_service(arguments=arguments, log=log),
    ):
        pytest.fail("there is nothing to serve")
    assert "Traceback" not in log.read_text(encoding="utf-8")
