"""An overlay, rendered as kubectl would apply it, without a cluster."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from airloom.errors import AirloomError

Manifest = dict[str, Any]


def render(overlay: Path) -> list[Manifest]:
    """Return the objects of `overlay`, in kubectl's order.

    Raises:
        AirloomError: kubectl is absent, or kustomize refuses the overlay; its own words are in the message.
    """
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        raise AirloomError(
            "kubectl is not on the PATH, so the Kubernetes manifests cannot be rendered",
            do="Install kubectl 1.29 or later; no cluster is needed",
        )
    done = subprocess.run(  # noqa: S603 - a fixed program with a folder of ours
        [kubectl, "kustomize", str(overlay)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise AirloomError(
            f"{overlay} does not render: {done.stderr.strip()}", do="Correct the kustomization"
        )
    return [_without_nulls(document) for document in yaml.safe_load_all(done.stdout) if document]


def _without_nulls(value: Any) -> Any:
    """Return the value without fields that are null, which the API server drops, too."""
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value
