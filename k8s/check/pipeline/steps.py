"""Rules for every step: no cache that hides new data, user, resources, retries, time-out, image."""

from __future__ import annotations

from collections.abc import Iterator

from k8s.check.images import names_version
from k8s.check.pipeline.feeds import origin
from k8s.check.pipeline.package import Package, PipelineTask, Spec, executed, steps, walk
from k8s.check.quantities import quantity

DIGEST = "data_digest"
"""An input of a step that holds the digest of what it reads; a step before it computes it."""


def faults(package: Package) -> Iterator[str]:
    """Return the broken rules, one sentence for each."""
    for task in walk(package):
        if task.spec.get("cachingOptions", {}).get("enableCache") and not _reads_by_digest(task):
            yield (
                f"{task.path}: Kubeflow would not run it again while its inputs are the same, though what it "
                f"reads has changed; call set_caching_options(False), or feed an input {DIGEST}."
            )
    for task in steps(package):
        yield from (f"{task.path}: {fault}" for fault in _of_retries(task))
    for task in executed(package).values():
        yield from (f"{task.path}: {fault}" for fault in _of_executor(task))


def _reads_by_digest(task: PipelineTask) -> bool:
    source = task.parameters.get(DIGEST)
    return source is not None and origin(task.dag, source).form == "output"


def _of_retries(task: PipelineTask) -> Iterator[str]:
    policy = task.spec.get("retryPolicy", {})
    retries = int(policy.get("maxRetryCount", 0))
    if retries < 1:
        yield "it is not tried again when it fails; call set_retry(2)."
        return
    window = float(str(policy.get("backoffMaxDuration", "3600s")).removesuffix("s"))
    needed = (retries + 1) * int(task.platform.get("activeDeadlineSeconds", 0))
    if window < needed:
        yield (
            f"no attempt starts or goes on {window:.0f} s after the first began, but {retries + 1} attempts "
            f'may take {needed} s; call set_retry({retries}, backoff_max_duration="{needed}s").'
        )


def _of_executor(task: PipelineTask) -> Iterator[str]:
    container = task.container or {}
    context = task.platform.get("securityContext", {})
    if "runAsUser" not in context or "runAsGroup" not in context:
        yield (
            "it names no user and group; call kubernetes.set_security_context(task, run_as_user=10001, "
            "run_as_group=10001, run_as_non_root=True)."
        )
    yield from _of_resources(container.get("resources", {}))
    if int(task.platform.get("activeDeadlineSeconds", 0)) < 1:
        yield "it may run for ever; call kubernetes.set_timeout(task, SECONDS)."
    image = container.get("image", "")
    if not names_version(image):
        yield f"it uses the image {image}, which does not name a version; give it a tag or a digest."


def _of_resources(resources: Spec) -> Iterator[str]:
    missing = [
        f"{name}_{bound.lower()}"
        for name in ("cpu", "memory")
        for bound in ("Request", "Limit")
        if _bound(resources, name, bound) is None
    ]
    if missing:
        calls = ", ".join(f"set_{setting}" for setting in missing)
        yield f"it has no {', '.join(missing).replace('_', ' ')}; call {calls}."
    for name in ("cpu", "memory"):
        bounds = {bound: _bound(resources, name, bound) for bound in ("Request", "Limit")}
        request, limit = (quantity(value) for value in bounds.values())
        if request is not None and limit is not None and request > limit:
            yield (
                f"it requests more {name} ({bounds['Request']}) than its limit ({bounds['Limit']}); "
                "raise the limit."
            )


def _bound(resources: Spec, name: str, bound: str) -> object:
    """Return the text of a newer compiler, or the number of an older one (cores, gigabytes)."""
    text: object = resources.get(f"resource{name.capitalize()}{bound}")
    return text or resources.get(f"{name}{bound}") or None
