"""The check lets our overlay through and names the file, kind or name of whatever is broken in it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from k8s.check import hardening, pods, references, render, schemas
from k8s.check.__main__ import OVERLAYS, faults, main

K8S = OVERLAYS.parent
Edit = Callable[[str, str, str], Path]

needs_kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on the PATH")


@pytest.fixture
def edit(tmp_path: Path) -> Edit:
    """Replaces text in a copy of the manifests and returns the copy's laptop overlay."""

    def replace(file: str, old: str, new: str) -> Path:
        root = shutil.copytree(K8S, tmp_path / "k8s", ignore=shutil.ignore_patterns("check", "__pycache__"))
        text = (root / file).read_text(encoding="utf-8")
        assert old in text
        (root / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return root / "overlays" / "laptop"

    return replace


@needs_kubectl
def test_our_overlays_are_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "are right" in capsys.readouterr().out


INVALID = [
    pytest.param(
        "base/service/deployment.yaml",
        "terminationGracePeriodSeconds",
        "terminationGraceSeconds",
        r"Deployment/airloom-service: spec\.template\.spec: .*terminationGraceSeconds",
        id="unknown field",
    ),
    pytest.param(
        "base/service/deployment.yaml",
        "kind: PodDisruptionBudget",
        "kind: PodDisruptionPlan",
        r"PodDisruptionPlan/airloom-service: Kubernetes 1\.31 has no such kind in policy/v1",
        id="unknown kind",
    ),
    pytest.param(
        "base/redis/statefulset.yaml",
        "replicas: 1",
        "replicas: one",
        r"StatefulSet/airloom-redis: spec\.replicas: 'one' is not of type",
        id="wrong type",
    ),
    pytest.param(
        "base/service/deployment.yaml",
        "livenessProbe",
        "x-livenessProbe",
        r"Deployment/airloom-service: .*x-livenessProbe",
        id="misspelt probe",
    ),
    pytest.param(
        "base/kustomization.yaml",
        "  - redis\n",
        "  - redys\n",
        r"does not render: .*redys",
        id="missing part",
    ),
]

UNSOUND = [
    pytest.param(
        "base/mlflow/statefulset.yaml",
        "runAsUser: 10001",
        "runAsUser: 0",
        r"StatefulSet/airloom-mlflow: the pod may run as root",
        id="root",
    ),
    pytest.param(
        "base/schedules/job.yaml",
        "readOnlyRootFilesystem: true",
        "readOnlyRootFilesystem: false",
        r"Job/airloom-schedules: container schedules may write to its image",
        id="writable image",
    ),
    pytest.param(
        "base/redis/statefulset.yaml",
        "drop: [ALL]",
        "drop: [NET_RAW]",
        r"StatefulSet/airloom-redis: container redis keeps capabilities",
        id="capabilities",
    ),
    pytest.param(
        "base/service/deployment.yaml",
        'cpu: "2"\n              memory: 3Gi',
        'cpu: "2"',
        r"Deployment/airloom-service: container service has no limits of memory",
        id="no memory limit",
    ),
    pytest.param(
        "overlays/laptop/kustomization.yaml",
        "newTag: 7.4.2",
        "newTag: latest",
        r"StatefulSet/airloom-redis: .*redis:latest, which does not name a version",
        id="latest",
    ),
    pytest.param(
        "base/service/deployment.yaml",
        "name: airloom-settings",
        "name: airloom-setting",
        r"Deployment/airloom-service: there is no ConfigMap airloom-setting\.",
        id="dangling config map",
    ),
    pytest.param(
        "base/service/deployment.yaml",
        "name: airloom-redis",
        "name: airloom-rediss",
        r"Deployment/airloom-service: nobody is told to make the Secret airloom-rediss",
        id="dangling secret",
    ),
    pytest.param(
        "overlays/laptop/mount-lake.yaml",
        "claimName: airloom-lake",
        "claimName: lake",
        r"Deployment/airloom-service: there is no PersistentVolumeClaim lake",
        id="dangling claim",
    ),
    pytest.param(
        "base/redis/statefulset.yaml",
        "- name: data\n              mountPath",
        "- name: date\n              mountPath",
        r"StatefulSet/airloom-redis: container redis mounts date, which is no volume",
        id="dangling volume",
    ),
    pytest.param(
        "base/mlflow/service.yaml",
        "app.kubernetes.io/name: airloom-mlflow",
        "app.kubernetes.io/name: mlflow",
        r"Service/airloom-mlflow: its selector .* matches no pod",
        id="selector that matches nothing",
    ),
    pytest.param(
        "base/service/service.yaml",
        "targetPort: http",
        "targetPort: https",
        r"Service/airloom-service: Deployment/airloom-service has no port https",
        id="port that nobody opens",
    ),
    pytest.param(
        "base/service/network.yaml",
        "port: 6379",
        "port: 6380",
        r"NetworkPolicy/airloom-service: StatefulSet/airloom-redis has no port 6380",
        id="policy for a port that nobody opens",
    ),
    pytest.param(
        "base/redis/network.yaml",
        "app.kubernetes.io/name: airloom-service",
        "app.kubernetes.io/name: airloom-services",
        r"NetworkPolicy/airloom-redis: its peer .* matches no pod",
        id="policy for a peer that is not there",
    ),
    pytest.param(
        "base/service/deployment.yaml",
        "port: http\n            periodSeconds: 10",
        "port: web\n            periodSeconds: 10",
        r"Deployment/airloom-service: the livenessProbe asks port web",
        id="probe of a port that nobody opens",
    ),
    pytest.param(
        "base/schedules/job.yaml",
        "$(AIRLOOM_LAKE)",
        "$(AIRLOOM_LAKES)",
        r"Job/airloom-schedules: container schedules uses \$\(AIRLOOM_LAKES\)",
        id="variable that nobody sets",
    ),
]


@needs_kubectl
@pytest.mark.parametrize(("file", "old", "new", "says"), INVALID)
def test_what_kubernetes_would_refuse_is_named(
    edit: Edit, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str, says: str
) -> None:
    assert main([str(edit(file, old, new))]) == 1

    told = capsys.readouterr().out
    assert re.search(says, told)
    assert "Traceback" not in told


@needs_kubectl
@pytest.mark.parametrize(("file", "old", "new", "says"), UNSOUND)
def test_what_kubernetes_would_let_through_is_named(
    edit: Edit, file: str, old: str, new: str, says: str
) -> None:
    objects = render.render(edit(file, old, new))

    (told,) = references.faults(objects) + hardening.faults(objects)
    assert re.search(says, told)


@needs_kubectl
def test_dropping_a_part_leaves_names_that_lead_nowhere(edit: Edit) -> None:
    found = "\n".join(faults(edit("base/kustomization.yaml", "  - redis\n", "")))

    assert "Deployment/airloom-service: there is no ConfigMap airloom-feature-store." in found
    assert "NetworkPolicy/airloom-service: its peer" in found


def test_a_machine_without_kubectl_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(AirloomError, match="kubectl is not on the PATH"):
        render.render(OVERLAYS / "laptop")


def test_a_rendered_secret_is_refused() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "b"}}

    assert schemas.faults([secret]) == []
    assert hardening.faults([secret]) == [
        "Secret/s: a secret must not be rendered; refer to one that is made by hand."
    ]


def test_secrets_that_a_person_makes_are_in_the_guide() -> None:
    guide = (K8S.parent / "docs" / "kubernetes.md").read_text(encoding="utf-8")

    for name, keys in references.SECRETS.items():
        assert f"create secret generic {name}" in guide
        assert all(f"--from-literal={key}=" in guide for key in keys)


def test_a_pod_is_found_by_all_of_its_labels() -> None:
    pod = pods.Pod("Job/a", lasting=False, labels={"x": "1", "y": "2"}, spec={}, claims=frozenset())

    assert pods.selected({"x": "1"}, [pod]) == [pod]
    assert pods.selected({"x": "1", "z": "3"}, [pod]) == []
