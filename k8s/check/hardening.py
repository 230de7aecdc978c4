"""The rules of a hardened pod: the restricted security standard, and what a scheduler and a pager need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from k8s.check.pods import Pod, pods, title
from k8s.check.render import Manifest


def faults(objects: Sequence[Manifest]) -> list[str]:
    """Broken rules, one sentence each."""
    found = [
        f"{title(manifest)}: a secret must not be rendered; refer to one that is made by hand."
        for manifest in objects
        if manifest["kind"] == "Secret"
    ]
    for pod in pods(objects):
        found += [f"{pod.owner}: {rule}." for rule in _broken_by_pod(pod)]
        for container in pod.containers:
            found += [f"{pod.owner}: container {container['name']} {rule}." for rule in _broken_by(container)]
        if pod.lasting:
            found += [
                f"{pod.owner}: container {container['name']} has no {probe}."
                for container in pod.spec["containers"]
                for probe in ("readinessProbe", "livenessProbe")
                if probe not in container
            ]
    return found


def _broken_by_pod(pod: Pod) -> Iterator[str]:
    context = pod.spec.get("securityContext", {})
    if context.get("runAsNonRoot") is not True or not context.get("runAsUser"):
        yield "the pod may run as root; set runAsNonRoot and a runAsUser other than 0"
    if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "the pod has no seccompProfile RuntimeDefault"
    if pod.spec.get("automountServiceAccountToken") is not False:
        yield "the pod mounts a token of the API server; set automountServiceAccountToken: false"
    for right in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.spec.get(right):
            yield f"the pod asks for {right}"
    for volume in pod.spec.get("volumes", []):
        if "hostPath" in volume:
            yield f"volume {volume['name']} mounts a folder of the machine"


def _broken_by(container: Mapping[str, Any]) -> Iterator[str]:
    context = container.get("securityContext", {})
    if context.get("runAsUser") == 0 or context.get("privileged"):
        yield "runs as root"
    if context.get("allowPrivilegeEscalation") is not False:
        yield "may gain privileges; set allowPrivilegeEscalation: false"
    if context.get("readOnlyRootFilesystem") is not True:
        yield "may write to its image; set readOnlyRootFilesystem: true"
    if context.get("capabilities", {}).get("drop") != ["ALL"]:
        yield "keeps capabilities; drop ALL"
    for bound in ("requests", "limits"):
        missing = {"cpu", "memory"} - container.get("resources", {}).get(bound, {}).keys()
        if missing:
            yield f"has no {bound} of {', '.join(sorted(missing))}"
    name, _, tag = container["image"].rpartition(":")
    if not name or "/" in tag or tag == "latest":
        yield f"uses the image {container['image']}, which does not name a version"
