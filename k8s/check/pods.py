"""The pods that the rendered workloads will make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from k8s.check.render import Manifest

LASTING = ("Deployment", "StatefulSet", "DaemonSet")
WORKLOADS = (*LASTING, "Job", "CronJob")


@dataclass(frozen=True)
class Pod:
    """The pod that one workload runs.

    Attributes:
        owner: `Kind/name` of the workload.
        lasting: Whether it is meant to run for ever, and so must be probed.
        labels: The labels of its pods.
        spec: The pod specification.
        claims: Names of the volumes that a StatefulSet claims for each pod.
        annotations: The annotations of its pods.
    """

    owner: str
    lasting: bool
    labels: Mapping[str, str]
    spec: Mapping[str, Any]
    claims: frozenset[str]
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def containers(self) -> list[Mapping[str, Any]]:
        """Return the init containers and the containers."""
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]

    def has_port(self, port: int | str) -> bool:
        """Return whether a container declares this port, by number or name."""
        return any(
            port in (declared["containerPort"], declared.get("name"))
            for container in self.containers
            for declared in container.get("ports", [])
        )


def title(manifest: Manifest) -> str:
    """Return `Kind/name`, by which messages name an object."""
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def pods(objects: Sequence[Manifest]) -> list[Pod]:
    """Return one pod for each workload."""
    made = []
    for manifest in objects:
        if manifest["kind"] in WORKLOADS:
            spec = manifest["spec"]
            template = (spec["jobTemplate"]["spec"] if manifest["kind"] == "CronJob" else spec)["template"]
            made.append(
                Pod(
                    owner=title(manifest),
                    lasting=manifest["kind"] in LASTING,
                    labels=template["metadata"].get("labels", {}),
                    spec=template["spec"],
                    claims=frozenset(c["metadata"]["name"] for c in spec.get("volumeClaimTemplates", [])),
                    annotations=template["metadata"].get("annotations", {}),
                )
            )
    return made


def selected(labels: Mapping[str, str], among: Sequence[Pod]) -> list[Pod]:
    """Return the pods that carry all of `labels`."""
    return [pod for pod in among if labels.items() <= pod.labels.items()]


def mounted_claims(spec: Mapping[str, Any], *, writable: bool = False) -> set[str]:
    """Return the names of the claims among the volumes of a pod specification.

    Args:
        spec: The pod specification.
        writable: Leave out those that are mounted read-only.
    """
    claims = [volume.get("persistentVolumeClaim", {}) for volume in spec.get("volumes", [])]
    return {
        claim["claimName"] for claim in claims if claim and not (writable and claim.get("readOnly", False))
    }
