"""The container of an overlay that deploys pipelines, known by its command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEPLOY = ["deploy", "pipelines"]


def deploy_arguments(container: Mapping[str, Any]) -> list[str] | None:
    """Return the arguments of `airloom` in a container that deploys pipelines; None for any other."""
    words = [*container.get("command", []), *container.get("args", [])]
    if words[1:3] == ["-m", "pipelines.cli.main"]:
        words = words[3:]
    elif words[:1] == ["airloom"]:
        words = words[1:]
    return words if words[:2] == _DEPLOY else None
