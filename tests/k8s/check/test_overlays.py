"""An overlay is checked with the pipelines that its own command would upload."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from k8s.check import deploy_command
from k8s.check.overlays import check
from tests.k8s.small_pipelines import IMAGE, one_step

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on the PATH")

STUB = """
import shutil, sys
from pathlib import Path

source, *arguments, folder = sys.argv[1:]
if "--host=nowhere" in arguments:
    sys.exit("airloom: There is no server nowhere. Name another.")
for file in Path(source).iterdir():
    shutil.copy(file, folder)
"""


@pytest.fixture
def uploaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of what the stub of `airloom deploy pipelines` writes."""
    folder = tmp_path / "uploaded"
    folder.mkdir()
    (tmp_path / "stub.py").write_text(STUB, encoding="utf-8")
    monkeypatch.setattr(deploy_command, "AIRLOOM", (sys.executable, str(tmp_path / "stub.py"), str(folder)))
    return folder


def overlay(folder: Path, *arguments: str) -> Path:
    resources = {"cpu": "100m", "memory": "256Mi"}
    container = {
        "name": "deploy",
        "image": IMAGE,
        "command": ["airloom"],
        "args": ["deploy", "pipelines", *arguments],
        "resources": {"requests": resources, "limits": resources},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    context = {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}}
    pod = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "securityContext": context,
        "containers": [container],
    }
    cron_job = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "schedules"},
        "spec": {
            "schedule": "0 0 * * *",
            "jobTemplate": {"spec": {"template": {"metadata": {"labels": {"a": "b"}}, "spec": pod}}},
        },
    }
    (folder / "cron-job.yaml").write_text(yaml.safe_dump(cron_job), encoding="utf-8")
    (folder / "kustomization.yaml").write_text("resources: [cron-job.yaml]\n", encoding="utf-8")
    return folder


def upload(folder: Path, *, cron: str = "0 30 1 * * *", **parameters: Any) -> None:
    package = one_step()
    documents = [
        dict(package.spec),
        {"platforms": {"kubernetes": {"deploymentSpec": {"executors": package.platform}}}},
    ]
    (folder / "one.yaml").write_text(yaml.safe_dump_all(documents), encoding="utf-8")
    schedule = json.dumps({"cron": cron, "parameters": parameters})
    (folder / "one.json").write_text(schedule, encoding="utf-8")


def test_an_overlay_whose_pipelines_are_right_is_right(tmp_path: Path, uploaded: Path) -> None:
    upload(uploaded)

    assert check(overlay(tmp_path)) == ([], 1)


def test_a_fault_of_a_pipeline_is_one_of_the_overlay(tmp_path: Path, uploaded: Path) -> None:
    upload(uploaded, cron="30 1 * * *", lake="/lake")

    faults, packages = check(overlay(tmp_path))
    assert packages == 1
    assert [fault.split(";")[0] for fault in faults] == [
        "one: its schedule '30 1 * * *' has 5 fields",
        "one: the scheduled run gives lake, which is no parameter of the pipeline",
    ]


def test_steps_in_another_image_than_the_job_that_compiled_them_are_refused(
    tmp_path: Path, uploaded: Path
) -> None:
    """So it is where an overlay changes images after the component that hands the job's on to the steps."""
    upload(uploaded)
    folder = overlay(tmp_path)
    with (folder / "kustomization.yaml").open("a", encoding="utf-8") as kustomization:
        kustomization.write("images: [{name: small, newName: registry.example/small, newTag: '2.0'}]\n")

    (fault,), _ = check(folder)

    assert fault == (
        "one: work: it runs in small:1.0, but the job that deploys it in registry.example/small:2.0; change "
        "images in k8s/components/images only."
    )


def test_an_object_that_cannot_work_is_said_to_be_so(tmp_path: Path, uploaded: Path) -> None:
    upload(uploaded)
    folder = overlay(tmp_path)
    claim = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}}
    (folder / "empty.yaml").write_text(yaml.safe_dump(claim), encoding="utf-8")
    (folder / "kustomization.yaml").write_text("resources: [cron-job.yaml, empty.yaml]\n", encoding="utf-8")

    (fault,), _ = check(folder)

    assert fault.startswith("an object lacks a field, or has one of another form (KeyError: 'spec'")


def test_arguments_that_the_command_refuses_are_a_fault(tmp_path: Path, uploaded: Path) -> None:
    (fault,), packages = check(overlay(tmp_path, "--host=nowhere"))

    assert packages == 0
    assert "fails: There is no server nowhere. Name another." in fault
