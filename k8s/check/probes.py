"""Probes: every long-running pod has them, and none kills a pod that only waits for its data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from k8s.check.pods import pods
from k8s.check.render import Manifest

READINESS = "/readyz"
"""Good once the first snapshot and model are there; /livez is good from the start."""


def faults(objects: Sequence[Manifest]) -> list[str]:
    """Return the absent probes and those that call the wrong endpoint, one sentence for each."""
    messages = []
    for pod in pods(objects):
        for container in pod.spec["containers"]:
            if pod.lasting:
                messages += [
                    f"{pod.owner}: container {container['name']} has no {probe}."
                    for probe in ("readinessProbe", "livenessProbe")
                    if probe not in container
                ]
        for container in pod.containers:
            messages += [
                f"{pod.owner}: container {container['name']} asks {READINESS} in its {probe}, which would "
                f"kill a pod that waits for its first snapshot; ask /livez there and {READINESS} in the "
                "readinessProbe only."
                for probe in _killing_on_readiness(container)
            ]
    return messages


def _killing_on_readiness(container: Mapping[str, Any]) -> Iterator[str]:
    for probe in ("startupProbe", "livenessProbe"):
        asked = container.get(probe, {})
        words = [asked.get("httpGet", {}).get("path", ""), *asked.get("exec", {}).get("command", [])]
        if any(READINESS in word for word in words):
            yield probe
