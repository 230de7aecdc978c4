from __future__ import annotations

from typing import Any

import pytest

from k8s.check.deploy_container import deploy_arguments


@pytest.mark.parametrize(
    ("container", "arguments"),
    [
        ({"command": ["airloom"], "args": ["deploy", "pipelines", "-x"]}, ["deploy", "pipelines", "-x"]),
        ({"args": ["deploy", "pipelines"]}, ["deploy", "pipelines"]),
        (
            {"command": ["python3", "-m", "pipelines.cli.main", "deploy", "pipelines"]},
            ["deploy", "pipelines"],
        ),
        ({"command": ["airloom"], "args": ["serve"]}, None),
        ({"command": ["python", "-m", "pipelines.schedules"]}, None),
        ({}, None),
    ],
)
def test_containers_that_deploy_are_told_from_others(
    container: dict[str, Any], arguments: list[str] | None
) -> None:
    assert deploy_arguments(container) == arguments
