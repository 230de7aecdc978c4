"""Our own rules for a pod, stricter than the security standard, and what a scheduler needs to know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from k8s.check.images import names_version
from k8s.check.pods import Pod, pods, title
from k8s.check.render import Manifest


def faults(objects: Sequence[Manifest]) -> list[str]:
    """Return the broken rules, one sentence for each."""
    messages = [
        f"{title(manifest)}: a secret must not be rendered; refer to one that is made by hand."
        for manifest in objects
        if manifest["kind"] == "Secret"
    ]
    for pod in pods(objects):
        messages += [f"{pod.owner}: {rule}." for rule in _broken_by_pod(pod)]
        for container in pod.containers:
            messages += [
                f"{pod.owner}: container {container['name']} {rule}." for rule in _broken_by(container)
            ]
    return messages


def _broken_by_pod(pod: Pod) -> Iterator[str]:
    if "runAsUser" not in pod.spec.get("securityContext", {}):
        yield "the pod leaves its user to the image; set a runAsUser"
    if pod.spec.get("automountServiceAccountToken") is not False:
        yield "the pod mounts a token of the API server; set automountServiceAccountToken: false"


def _broken_by(container: Mapping[str, Any]) -> Iterator[str]:
    if container.get("securityContext", {}).get("readOnlyRootFilesystem") is not True:
        yield "may write to its image; set readOnlyRootFilesystem: true"
    for bound in ("requests", "limits"):
        missing = {"cpu", "memory"} - container.get("resources", {}).get(bound, {}).keys()
        if missing:
            yield f"has no {bound} of {', '.join(sorted(missing))}"
    if not names_version(container["image"]):
        yield f"uses the image {container['image']}, which does not name a version"
