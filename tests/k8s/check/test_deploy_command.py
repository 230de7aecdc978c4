"""The command of an overlay is run as it stands there; a stub stands for `airloom`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from airloom.errors import AirloomError
from k8s.check import deploy_command
from k8s.check.deploy_command import cron_faults, experiment_faults, uploads

STUB = """
import json, os, sys
from pathlib import Path

*arguments, into, folder = sys.argv[1:]
assert into == "--into"
if "--bad" in arguments:
    sys.exit("airloom: There is no bad. Give a good one.")
if "--nothing" not in arguments:
    spec = {"pipelineInfo": {"name": "p"}, "root": {"dag": {"tasks": {}}}}
    Path(folder, "p.yaml").write_text(json.dumps(spec))
    given = {"arguments": arguments, "lake": os.environ["LAKE"], "here": os.getcwd()}
    if "--unscheduled" not in arguments:
        Path(folder, "p.json").write_text(json.dumps({"cron": "0 30 1 * * *", "parameters": given}))
"""
SETTINGS = {"kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"LAKE": "/lake"}}


@pytest.fixture(autouse=True)
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "stub.py"
    file.write_text(STUB, encoding="utf-8")
    monkeypatch.setattr(deploy_command, "AIRLOOM", (sys.executable, str(file)))


def overlay(*arguments: str) -> list[dict[str, Any]]:
    container = {
        "name": "a",
        "image": "a:1",
        "command": ["python", "-m", "pipelines.cli.main"],
        "args": ["deploy", "pipelines", *arguments],
        "envFrom": [{"configMapRef": {"name": "settings"}}],
    }
    template = {"metadata": {}, "spec": {"containers": [container]}}
    job = {
        "kind": "CronJob",
        "metadata": {"name": "schedules"},
        "spec": {"jobTemplate": {"spec": {"template": template}}},
    }
    return [SETTINGS, job]


def test_the_arguments_are_those_of_the_container_with_its_variables() -> None:
    (upload,) = uploads(overlay("--lake=$(LAKE)"))

    assert upload.package.name == "p"
    assert upload.cron == "0 30 1 * * *"
    assert upload.parameters == {
        "arguments": ["deploy", "pipelines", "--lake=/lake"],
        "lake": "/lake",
        "here": str(deploy_command.ROOT),
    }


def test_an_overlay_that_deploys_nothing_is_fine() -> None:
    assert uploads([SETTINGS]) == []


def test_the_command_says_what_is_wrong_with_its_arguments() -> None:
    with pytest.raises(AirloomError) as refused:
        uploads(overlay("--bad"))
    assert str(refused.value) == (
        "CronJob/schedules: `airloom deploy pipelines --bad` fails: There is no bad. Give a good one. "
        "Correct the container's arguments."
    )


@pytest.mark.parametrize(
    ("argument", "says"),
    [("--nothing", "it wrote no pipeline"), ("--unscheduled", r"p\.json, beside p\.yaml, is not a schedule")],
)
def test_a_command_that_writes_too_little_is_refused(argument: str, says: str) -> None:
    with pytest.raises(AirloomError, match=says):
        uploads(overlay(argument))


def test_a_schedule_has_a_field_for_the_second() -> None:
    (upload,) = uploads(overlay())

    assert list(cron_faults(upload)) == []
    assert list(cron_faults(upload._replace(cron="@daily"))) == []
    (fault,) = cron_faults(upload._replace(cron="30 1 * * *"))
    assert fault == "p: its schedule '30 1 * * *' has 5 fields; write 6, of which the first is the second."


def test_the_service_and_the_report_know_one_experiment() -> None:
    (upload,) = uploads(overlay())
    variants = [{"name": name, "share": 0.5, "ranker": "air"} for name in ("a", "b")]
    experiment = {"name": "x", "salt": "1", "control": "b", "variants": variants}
    upload = upload._replace(parameters={"experiment": {"experiment": experiment}})

    def config_map(salt: str) -> dict[str, Any]:
        text = yaml.safe_dump(experiment | {"salt": salt})
        return {"kind": "ConfigMap", "metadata": {"name": "e"}, "data": {"experiment.yaml": text}}

    assert list(experiment_faults(upload, [config_map("1")])) == []
    (fault,) = experiment_faults(upload, [config_map("2")])
    assert fault.startswith("p: its report reads another experiment than ConfigMap/e serves;")
