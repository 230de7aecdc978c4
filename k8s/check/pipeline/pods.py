"""The pods that Kubeflow Pipelines 2.17 makes of a pipeline's steps, checked for Pod Security "restricted".

Built as its compiler (backend/src/v2/compiler/argocompiler, container.go and security_context.go) and driver
(backend/src/v2/driver, k8s.go) do. The third container of such a pod, Argo's `wait`, satisfies the standard.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from k8s.check.pipeline.package import Package, PipelineTask, Spec, executed
from k8s.check.restricted import violations

_USER_FIELDS = {"runAsUser": int, "runAsGroup": int, "runAsNonRoot": bool}
_SCRATCH = {
    "kfp-launcher": "/kfp-launcher",
    "gcs-scratch": "/gcs",
    "s3-scratch": "/s3",
    "minio-scratch": "/minio",
    "dot-local-scratch": "/.local",
    "dot-cache-scratch": "/.cache",
    "dot-config-scratch": "/.config",
}


def faults(package: Package) -> Iterator[str]:
    """Yield the steps whose pods are refused in a namespace that enforces "restricted"."""
    for task in executed(package).values():
        pod = pod_of(task)
        for violation in violations(pod["spec"], annotations=pod["metadata"]["annotations"]):
            yield f"{task.path}: its pod is refused where Pod Security is restricted: {violation}."


def pod_of(task: PipelineTask) -> dict[str, Any]:
    """Return the pod of a step, with the fields that the security standard reads."""
    container, platform = task.container or {}, task.platform
    volumes, mounts = _volumes(platform)
    hardened = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    asked = platform.get("securityContext", {})
    identity = {field: cast(asked[field]) for field, cast in _USER_FIELDS.items() if field in asked}
    main = {
        "name": "main",
        "image": container.get("image", ""),
        "command": container.get("command", []),
        "args": container.get("args", []),
        "env": container.get("env", []),
        "securityContext": hardened | identity,
        "volumeMounts": mounts,
    }
    launcher = {"name": "kfp-launcher", "securityContext": hardened | {"runAsNonRoot": True}}
    spec = {
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "initContainers": [launcher],
        "containers": [main],
        "volumes": volumes,
    }
    return {"metadata": {"annotations": platform.get("podMetadata", {}).get("annotations", {})}, "spec": spec}


def _volumes(platform: Spec) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    volumes: list[dict[str, Any]] = [{"name": name, "emptyDir": {}} for name in _SCRATCH]
    mounts = [{"name": name, "mountPath": path} for name, path in _SCRATCH.items()]
    for field, source in _SOURCES.items():
        for position, mount in enumerate(platform.get(field, [])):
            name = mount.get("volumeName", f"{field}-{position}")
            volumes.append({"name": name, source: {}})
            mounts.append({"name": name, "mountPath": mount["mountPath"]})
    return volumes, mounts


_SOURCES: Mapping[str, str] = {
    "pvcMount": "persistentVolumeClaim",
    "secretAsVolume": "secret",
    "configMapAsVolume": "configMap",
    "genericEphemeralVolume": "ephemeral",
    "emptyDirMounts": "emptyDir",
}
"""By field of the platform part, the type of volume that it becomes."""
