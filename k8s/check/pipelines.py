"""All checks of a compiled pipeline: what a real Kubeflow, or the cluster under it, would refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from k8s.check.pipeline import artifacts, conditions, inputs, pods, references, steps
from k8s.check.pipeline.package import Package
from k8s.check.render import Manifest


def faults(
    package: Package,
    *,
    objects: Sequence[Manifest] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> list[str]:
    """Return what is wrong with a pipeline.

    Args:
        package: The compiled pipeline.
        objects: The objects of the overlay that deploys it; without them, names of Secrets, ConfigMaps and
            claims are not followed.
        parameters: What its scheduled run is given; without them, no run is looked at.

    Returns:
        One sentence each, which names the pipeline, the task and what to do.
    """
    checks: list[Iterator[str]] = [
        inputs.faults(package),
        artifacts.faults(package),
        conditions.faults(package),
        steps.faults(package),
        pods.faults(package),
    ]
    if parameters is not None:
        checks.append(inputs.faults_of_run(package, parameters))
    if objects is not None:
        checks.append(references.faults(package, objects, parameters or {}))
    return [f"{package.name}: {fault}" for fault in chain.from_iterable(checks)]
