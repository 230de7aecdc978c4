"""References of a pipeline's steps: Secrets, ConfigMaps and claims exist, and the claims can be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from k8s.check.deploy_container import deploy_arguments
from k8s.check.pipeline.feeds import origin
from k8s.check.pipeline.package import Package, PipelineTask, Spec, executed
from k8s.check.pods import mounted_claims, pods, title
from k8s.check.references import absent_claim, absent_config_map, absent_secret
from k8s.check.render import Manifest


def faults(package: Package, objects: Sequence[Manifest], parameters: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names that lead nowhere and the claims that no step can write.

    Args:
        package: The pipeline.
        objects: The objects of the overlay that deploys it.
        parameters: The parameters of the scheduled run.
    """
    named = {title(manifest): manifest for manifest in objects}
    tasks = executed(package).values()
    for task in tasks:
        yield from (f"{task.path}: {fault}." for fault in _of_step(task, parameters, named))
    yield from _unwritable(tasks, objects, parameters)


def _of_step(
    task: PipelineTask, parameters: Mapping[str, Any], named: Mapping[str, Manifest]
) -> Iterator[str]:
    for field in ("secretAsEnv", "secretAsVolume", "imagePullSecret"):
        for source in task.platform.get(field, []):
            name = _name(task, source, "secretName", parameters)
            if name is not None:
                keys = [pair["secretKey"] for pair in source.get("keyToEnv", [])]
                yield from absent_secret(name, keys)
    for field in ("configMapAsEnv", "configMapAsVolume"):
        for source in task.platform.get(field, []):
            name = _name(task, source, "configMapName", parameters)
            if name is not None and not source.get("optional"):
                keys = [pair["configMapKey"] for pair in source.get("keyToEnv", [])]
                yield from absent_config_map(name, keys, named)
    for claim in _claims(task, parameters):
        yield from absent_claim(claim, named)


def _unwritable(
    tasks: Iterable[PipelineTask], objects: Sequence[Manifest], parameters: Mapping[str, Any]
) -> Iterator[str]:
    """Yield the claims that no pod of ours makes writable: Kubeflow gives no fsGroup to a step."""
    writable = {
        (claim, pod.spec.get("securityContext", {}).get("fsGroup"))
        for pod in pods(objects)
        if any(deploy_arguments(container) is not None for container in pod.containers)
        for claim in mounted_claims(pod.spec, writable=True)
    }
    needed = {
        (claim, int(task.platform.get("securityContext", {}).get("runAsGroup", 0)))
        for task in tasks
        for claim in _claims(task, parameters)
    }
    for claim, group in sorted(needed - writable):
        wanted = group or "GROUP"  # that a step names none is said elsewhere
        yield (
            f"its steps write to the claim {claim}, which nothing makes writable for their group before the "
            f"first step; mount it in the pod that runs `airloom deploy pipelines`, with fsGroup: {wanted}."
        )


def _claims(task: PipelineTask, parameters: Mapping[str, Any]) -> list[str]:
    names = (
        _name(task, mount, "pvcName", parameters) or mount.get("constant")
        for mount in task.platform.get("pvcMount", [])
    )
    return [name for name in names if name]


def _name(task: PipelineTask, source: Spec, field: str, parameters: Mapping[str, Any]) -> str | None:
    """Return the name of a Secret, ConfigMap or claim; None if it is only known at run time."""
    given = source.get(f"{field}Parameter")
    if given is None:
        return source.get(field)
    came = origin(task.dag, given)
    if came.form in ("constant", "default"):
        value = came.value
    elif came.form == "parameter":
        default = task.dag.package.root.parameters.get(came.name, {}).get("defaultValue")
        value = parameters.get(came.name, default)
    else:
        return None
    return None if value is None else str(value)
