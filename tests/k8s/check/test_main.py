"""The check lets our overlays and pipelines through and names the file, kind or name of what is broken."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from airloom.errors import AirloomError
from k8s.check import __main__, hardening, pods, references, render, restricted, schemas
from k8s.check.__main__ import OVERLAYS, main
from k8s.check.overlays import check
from tests.k8s.small_pipelines import one_step

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
def test_our_overlays_and_pipelines_are_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    counted = re.search(r"are right: (\d+) overlay\(s\), (\d+) pipeline", capsys.readouterr().out)
    assert counted
    assert int(counted[1]) == len(list(OVERLAYS.iterdir()))
    assert int(counted[2]) >= len(list(__main__.COMPILED.glob("*.yaml")))


@pytest.fixture
def small_overlay(tmp_path: Path) -> Path:
    """An overlay of one ConfigMap, which can never change."""
    folder = tmp_path / "small"
    folder.mkdir()
    metadata = {"name": "settings"}
    settings = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata,
        "immutable": True,
        "data": {"a": "1"},
    }
    (folder / "settings.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    (folder / "kustomization.yaml").write_text("resources: [settings.yaml]\n", encoding="utf-8")
    return folder


@needs_kubectl
def test_a_committed_pipeline_that_would_not_run_is_named(
    tmp_path: Path, small_overlay: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    package = one_step()
    spec = dict(package.spec)
    spec["root"]["dag"]["tasks"]["work"]["cachingOptions"] = {"enableCache": True}
    documents = [spec, {"platforms": {"kubernetes": {"deploymentSpec": {"executors": package.platform}}}}]
    (tmp_path / "one.yaml").write_text(yaml.safe_dump_all(documents), encoding="utf-8")
    monkeypatch.setattr(__main__, "COMPILED", tmp_path)

    assert main([str(small_overlay)]) == 1
    assert f"{tmp_path.name}: one: work: Kubeflow would not run it again" in capsys.readouterr().out


@needs_kubectl
def test_what_cannot_change_is_compared_with_what_was_applied(
    tmp_path: Path, small_overlay: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    applied = tmp_path / "applied.yaml"
    applied.write_text(yaml.safe_dump_all(render.render(small_overlay)), encoding="utf-8")
    arguments = ["--applied", str(applied), str(small_overlay)]
    assert main(arguments) == 0
    capsys.readouterr()

    settings = small_overlay / "settings.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("a: '1'", "a: '2'"), encoding="utf-8")

    assert main(arguments) == 1
    assert capsys.readouterr().out.startswith(
        "small: ConfigMap/settings: data (immutable: true) differs from what was applied and cannot"
    )


def test_a_comparison_needs_the_one_overlay(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--applied", "a.yaml", "one", "two"])
    assert "--applied needs the one OVERLAY that was applied" in capsys.readouterr().err


def test_help_loads_nothing_that_is_slow() -> None:
    loaded = "import sys, k8s.check.__main__; sys.exit('kubernetes_validate' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", loaded], cwd=K8S.parent, check=False).returncode == 0


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
        r"StatefulSet/airloom-mlflow: the pod runs as root",
        id="root",
    ),
    pytest.param(
        "base/mlflow/statefulset.yaml",
        "readOnlyRootFilesystem: true",
        "readOnlyRootFilesystem: false",
        r"StatefulSet/airloom-mlflow: container mlflow may write to its image",
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
        "components/images/kustomization.yaml",
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
]


@needs_kubectl
@pytest.mark.parametrize(("file", "old", "new", "says"), INVALID)
def test_what_kubernetes_would_refuse_is_named(
    edit: Edit, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str, says: str
) -> None:
    assert main([str(edit(file, old, new))]) == 1

    output = capsys.readouterr().out
    assert re.search(says, output)
    assert "Traceback" not in output


@needs_kubectl
@pytest.mark.parametrize(("file", "old", "new", "says"), UNSOUND)
def test_what_kubernetes_would_let_through_is_named(
    edit: Edit, file: str, old: str, new: str, says: str
) -> None:
    objects = render.render(edit(file, old, new))

    (message,) = [fault for rule in (references, restricted, hardening) for fault in rule.faults(objects)]
    assert re.search(says, message)


@needs_kubectl
def test_the_schedules_can_be_suspended_where_something_else_deploys(edit: Edit) -> None:
    old = "  concurrencyPolicy: Forbid\n"

    checked = check(edit("base/schedules/cronjob.yaml", old, f"  suspend: true\n{old}"))

    assert checked.faults == []


@needs_kubectl
def test_dropping_a_part_leaves_names_that_lead_nowhere(edit: Edit) -> None:
    faults = "\n".join(references.faults(render.render(edit("base/kustomization.yaml", "  - redis\n", ""))))

    assert "NetworkPolicy/airloom-service: its peer" in faults


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
    guide = (K8S.parent / "docs" / "how-to" / "kubernetes.md").read_text(encoding="utf-8")

    for name, keys in references.SECRETS.items():
        assert f"create secret generic {name}" in guide
        assert all(f"--from-literal={key}=" in guide or f"--from-file={key}=" in guide for key in keys)


def test_a_pod_is_found_by_all_of_its_labels() -> None:
    pod = pods.Pod("Job/a", lasting=False, labels={"x": "1", "y": "2"}, spec={}, claims=frozenset())

    assert pods.selected({"x": "1"}, [pod]) == [pod]
    assert pods.selected({"x": "1", "z": "3"}, [pod]) == []
