from __future__ import annotations

from pathlib import Path

import pytest

from airloom.errors import AirloomError
from pipelines.demo.service_process import running_service


def test_a_service_that_cannot_start_says_why(tmp_path: Path) -> None:
    """The lake is empty, so there is no snapshot to serve."""
    arguments = ["--lake", str(tmp_path / "lake"), "--mlflow-uri", f"sqlite:///{tmp_path / 'mlflow.db'}"]
    log = tmp_path / "logs" / "service.log"
    with (
        pytest.raises(AirloomError, match=r"The service did not start: .*snapshot"),
        running_service(arguments=arguments, log=log),
    ):
        pytest.fail("there is nothing to serve")
    assert "Traceback" not in log.read_text(encoding="utf-8")
