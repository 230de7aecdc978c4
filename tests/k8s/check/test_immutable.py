"""Whatever changes in an overlay, `kubectl apply` can apply it; what it cannot is named before."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from airloom.errors import AirloomError
from k8s.check import immutable
from k8s.check.immutable import applied_objects, changes


def manifest(kind: str, **fields: Any) -> dict[str, Any]:
    group = {"Job": "batch/v1", "StatefulSet": "apps/v1", "Deployment": "apps/v1"}.get(kind, "v1")
    return {"apiVersion": group, "kind": kind, "metadata": {"name": "a", "namespace": "n"}} | fields


@pytest.mark.parametrize("kind", ["Job", "Pod"])
def test_an_object_that_cannot_be_changed_is_refused(kind: str) -> None:
    (fault,) = immutable.faults([manifest(kind), manifest("CronJob")])

    assert fault.startswith(f"{kind}/a: a {kind} cannot be changed once it is applied")
    assert "use a CronJob" in fault


STATEFUL_SET = manifest(
    "StatefulSet", spec={"replicas": 1, "serviceName": "a", "template": {"x": 1}, "volumeClaimTemplates": []}
)
CLAIM = manifest(
    "PersistentVolumeClaim",
    spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "20Gi"}}},
)
KEPT = [
    (
        manifest("Job", spec={"template": {"image": "a:1"}}),
        "spec.template",
        {"image": "a:2"},
        "spec.template",
    ),
    (STATEFUL_SET, "spec.volumeClaimTemplates", [{}], "spec.volumeClaimTemplates"),
    (STATEFUL_SET, "spec.serviceName", "b", "spec.serviceName"),
    (STATEFUL_SET, "spec.podManagementPolicy", "Parallel", "spec.podManagementPolicy"),
    (manifest("Deployment", spec={"selector": {"a": 1}}), "spec.selector", {"a": 2}, "spec.selector"),
    (manifest("Service", spec={"clusterIP": "None"}), "spec.clusterIP", "10.0.0.1", "spec.clusterIP"),
    (CLAIM, "spec.accessModes", ["ReadWriteMany"], "spec.accessModes"),
    (CLAIM, "spec.storageClassName", "fast", "spec.storageClassName"),
    (
        CLAIM,
        "spec.resources.requests.storage",
        "10Gi",
        "spec.resources.requests.storage, which may only grow,",
    ),
    (manifest("ConfigMap", immutable=True, data={"a": "1"}), "data.a", "2", "data (immutable: true)"),
    (manifest("Secret", immutable=True), "immutable", False, "immutable (immutable: true)"),
    (manifest("Secret", type="Opaque"), "type", "kubernetes.io/tls", "type"),
]


def changed(before: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    after = deepcopy(before)
    *parents, last = path.split(".")
    target = after
    for key in parents:
        target = target[key]
    target[last] = value
    return after


@pytest.mark.parametrize(("before", "path", "value", "field"), KEPT)
def test_a_changed_field_that_must_stay_is_named(
    before: dict[str, Any], path: str, value: object, field: str
) -> None:
    (fault,) = changes([before], [changed(before, path, value)])

    assert fault.startswith(
        f"{before['kind']}/a: {field} differs from what was applied and cannot be changed;"
    )
    assert f"delete the {before['kind']} first" in fault


FREE = [
    (STATEFUL_SET, "spec.replicas", 2),
    (STATEFUL_SET, "spec.template", {"x": 2}),
    (STATEFUL_SET, "spec.updateStrategy", {"type": "OnDelete"}),
    (STATEFUL_SET, "spec.persistentVolumeClaimRetentionPolicy", {"whenDeleted": "Delete"}),
    (STATEFUL_SET, "spec.minReadySeconds", 5),
    (STATEFUL_SET, "spec.ordinals", {"start": 1}),
    (CLAIM, "spec.resources.requests.storage", "30Gi"),
    (manifest("Deployment", spec={"selector": {}}), "spec.template", {"image": "a:2"}),
    (manifest("CronJob", spec={"jobTemplate": {}}), "spec.jobTemplate", {"image": "a:2"}),
    (manifest("ConfigMap", data={"a": "1"}), "data.a", "2"),
    (manifest("Job", spec={"template": {}}), "metadata.name", "b"),
    (manifest("Job", spec={"template": {}}), "metadata.namespace", "m"),
]


@pytest.mark.parametrize(("before", "path", "value"), FREE)
def test_what_may_change_may_change(before: dict[str, Any], path: str, value: object) -> None:
    assert changes([before], [changed(before, path, value)]) == []


def test_the_file_of_what_was_applied_may_hold_documents_or_a_list(tmp_path: Path) -> None:
    documents, listed = tmp_path / "documents.yaml", tmp_path / "list.yaml"
    documents.write_text(yaml.safe_dump_all([STATEFUL_SET, CLAIM]), encoding="utf-8")
    listed.write_text(yaml.safe_dump({"kind": "List", "items": [STATEFUL_SET, CLAIM]}), encoding="utf-8")

    assert applied_objects(documents) == applied_objects(listed) == [STATEFUL_SET, CLAIM]


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "just words",
        "a: 1",
        "items: 5",
        "kind: A\nmetadata:",
        "apiVersion: 1\nkind: A\nmetadata: {name: a}",
    ],
)
def test_a_file_of_anything_else_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "applied.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(AirloomError, match=r"applied\.yaml .*Give a file of manifests"):
        applied_objects(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match=r"absent\.yaml cannot be read"):
        applied_objects(tmp_path / "absent.yaml")
