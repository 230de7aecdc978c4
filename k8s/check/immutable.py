"""What `kubectl apply` cannot change: objects that no overlay should hold, and fields that must stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from airloom.errors import AirloomError
from k8s.check.pods import title
from k8s.check.quantities import quantity
from k8s.check.render import Manifest

_MUTABLE_OF_STATEFUL_SET = {
    "replicas",
    "template",
    "updateStrategy",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
    "ordinals",
}
_IMMUTABLE: Mapping[str, tuple[str, ...]] = {
    "Deployment": ("spec.selector",),
    "DaemonSet": ("spec.selector",),
    "Job": (
        "spec.template",
        "spec.selector",
        "spec.completions",
        "spec.completionMode",
        "spec.podFailurePolicy",
        "spec.successPolicy",
        "spec.backoffLimitPerIndex",
        "spec.managedBy",
    ),
    "Pod": ("spec",),
    "Service": ("spec.clusterIP", "spec.clusterIPs", "spec.loadBalancerClass"),
    "Secret": ("type",),
}
"""By kind, the fields that may never change; what depends on the object's content is in `_changed`."""


def faults(objects: Sequence[Manifest]) -> list[str]:
    """Return the objects that a second `kubectl apply` refuses once anything about them has changed."""
    return [
        f"{title(manifest)}: a {manifest['kind']} cannot be changed once it is applied, and a new image or "
        "setting would change it; use a CronJob."
        for manifest in objects
        if manifest["kind"] in ("Job", "Pod")
    ]


def applied_objects(file: Path) -> list[Manifest]:
    """Read the objects in a file of manifests that were applied before.

    Raises:
        AirloomError: There is no such file, or it is not one of manifests.
    """
    try:
        documents = [
            document for document in yaml.safe_load_all(file.read_text(encoding="utf-8")) if document
        ]
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise AirloomError(
            f"{file} cannot be read: {error}", do="Give a file of manifests, as `kubectl kustomize` prints"
        ) from error
    objects = [item for document in documents for item in _items(document)]
    if not objects:
        raise AirloomError(
            f"{file} holds no objects", do="Write it with `kubectl kustomize` before the change"
        )
    for manifest in objects:
        if not _is_object(manifest):
            raise AirloomError(
                f"{file} holds something that is no object of Kubernetes",
                do="Give a file of manifests, as `kubectl kustomize` prints",
            )
    return objects


def changes(applied: Sequence[Manifest], rendered: Sequence[Manifest]) -> list[str]:
    """Return the immutable fields in which `rendered` differs from `applied`, one sentence for each."""
    before = {_identity(manifest): manifest for manifest in applied}
    return [
        f"{title(manifest)}: {field} differs from what was applied and cannot be changed; keep it, or delete "
        f"the {manifest['kind']} first{_care(manifest['kind'])}."
        for manifest in rendered
        if _identity(manifest) in before
        for field in _changed(before[_identity(manifest)], manifest)
    ]


def _items(document: Any) -> list[Any]:
    items = document.get("items") if isinstance(document, dict) else None
    return items if isinstance(items, list) else [document]


def _is_object(manifest: Any) -> bool:
    return (
        isinstance(manifest, dict)
        and all(isinstance(manifest.get(field), str) for field in ("apiVersion", "kind"))
        and isinstance(manifest.get("metadata"), dict)
        and isinstance(manifest["metadata"].get("name"), str)
        and isinstance(manifest.get("spec", {}), dict)
    )


def _identity(manifest: Manifest) -> tuple[str, ...]:
    group = manifest["apiVersion"].rpartition("/")[0]
    return group, manifest["kind"], manifest["metadata"].get("namespace", ""), manifest["metadata"]["name"]


def _care(kind: str) -> str:
    if kind == "StatefulSet":
        return " with --cascade=orphan, which leaves its pods and volumes"
    return ", which loses what it holds" if kind == "PersistentVolumeClaim" else ""


def _changed(old: Manifest, new: Manifest) -> Iterator[str]:
    for path in _IMMUTABLE.get(new["kind"], ()):
        if _at(old, path) != _at(new, path):
            yield path
    match new["kind"]:
        case "StatefulSet":
            yield from _changed_fields(old, new, besides=_MUTABLE_OF_STATEFUL_SET)
        case "PersistentVolumeClaim":
            yield from _changed_fields(old, new, besides={"resources", "volumeAttributesClassName"})
            if _shrinks(old, new):
                yield "spec.resources.requests.storage, which may only grow,"
        case "ConfigMap" | "Secret" if old.get("immutable"):
            for field in ("immutable", "data", "binaryData", "stringData"):
                if old.get(field) != new.get(field):
                    yield f"{field} (immutable: true)"
        case _:
            pass


def _changed_fields(old: Manifest, new: Manifest, *, besides: set[str]) -> Iterator[str]:
    before, after = old.get("spec", {}), new.get("spec", {})
    for field in sorted((before.keys() | after.keys()) - besides):
        if before.get(field) != after.get(field):
            yield f"spec.{field}"


def _shrinks(old: Manifest, new: Manifest) -> bool:
    before, after = (quantity(_at(manifest, "spec.resources.requests.storage")) for manifest in (old, new))
    return before is not None and after is not None and after < before


def _at(manifest: Manifest, path: str) -> Any:
    value: Any = manifest
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value
