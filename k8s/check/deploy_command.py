"""The command by which an overlay deploys pipelines, run here without a server, and what it would upload."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from airloom.errors import AirloomError
from airloom.experiments.experiment import Experiment
from airloom.experiments.experiment_file import READOUT
from airloom.settings import parse
from k8s.check.deploy_container import deploy_arguments
from k8s.check.environment import expand, variables
from k8s.check.pipeline.package import Package, executed, read
from k8s.check.pods import pods, title
from k8s.check.render import Manifest

AIRLOOM = (sys.executable, "-m", "pipelines.cli.main")
"""The `airloom` command, of this checkout and this interpreter."""
ROOT = Path(__file__).resolve().parents[2]
_CRON_FIELDS = 6


class Upload(NamedTuple):
    """One pipeline as it would be uploaded.

    Attributes:
        image: The image of the container that would upload it.
        package: The compiled pipeline.
        cron: When it runs.
        parameters: What its scheduled run is given.
    """

    image: str
    package: Package
    cron: str
    parameters: Mapping[str, Any]


def uploads(objects: Sequence[Manifest]) -> list[Upload]:
    """Return what the rendered objects of an overlay upload; nothing if no container deploys pipelines.

    Raises:
        AirloomError: The command refuses the arguments of a container; its own words are in the message.
    """
    planned: list[Upload] = []
    for pod in pods(objects):
        for container in pod.containers:
            arguments = deploy_arguments(container)
            if arguments is not None:
                known = variables(container, objects)
                words = [expand(word, known) for word in arguments]
                planned += _upload(pod.owner, container["image"], words, known)
    return planned


def cron_faults(upload: Upload) -> Iterator[str]:
    """Yield a message if a schedule lacks the field for seconds, which is Kubeflow's first."""
    fields = upload.cron.split()
    if not upload.cron.startswith("@") and len(fields) != _CRON_FIELDS:
        yield (
            f"{upload.package.name}: its schedule {upload.cron!r} has {len(fields)} fields; write "
            f"{_CRON_FIELDS}, of which the first is the second."
        )


def image_faults(upload: Upload) -> Iterator[str]:
    """Yield the steps that run in another image than the job that compiled them: their code may differ."""
    for task in executed(upload.package).values():
        image = (task.container or {}).get("image")
        if image != upload.image:
            yield (
                f"{upload.package.name}: {task.path}: it runs in {image}, but the job that deploys it in "
                f"{upload.image}; change images in k8s/components/images only."
            )


def experiment_faults(upload: Upload, objects: Sequence[Manifest]) -> Iterator[str]:
    """Yield a message if the service assigns users by another experiment than the report reads."""
    reported = upload.parameters.get("experiment", {}).get("experiment")
    for manifest in objects if reported else ():
        text = manifest.get("data", {}).get("experiment.yaml") if manifest["kind"] == "ConfigMap" else None
        served = dict(yaml.safe_load(text) or {}) if text else {}
        served.pop(READOUT, None)
        if text and parse(Experiment, served) != parse(Experiment, reported):
            yield (
                f"{upload.package.name}: its report reads another experiment than {title(manifest)} serves; "
                "give k8s/base/service/experiment.yaml to `airloom deploy pipelines` with --experiment."
            )


def _upload(owner: str, image: str, arguments: list[str], environment: Mapping[str, str]) -> list[Upload]:
    with tempfile.TemporaryDirectory() as folder:
        done = _run([*arguments, "--into", folder], environment)
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        files = sorted(Path(folder).glob("*.yaml"))
        if done.returncode or not files:
            words = (
                lines[-1].removeprefix("airloom: ").removeprefix("Error: ")
                if lines
                else "it wrote no pipeline"
            )
            raise AirloomError(
                f"{owner}: `airloom {' '.join(arguments)}` fails: {words}",
                do="Correct the container's arguments",
            )
        return [_read(file, image) for file in files]


def _run(arguments: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command, with the arguments of our own overlay
        [*AIRLOOM, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def _read(file: Path, image: str) -> Upload:
    try:
        schedule = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
        return Upload(image, read(file), str(schedule["cron"]), dict(schedule["parameters"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AirloomError(
            f"{file.stem}.json, beside {file.name}, is not a schedule with cron and parameters",
            do="Let `airloom deploy pipelines --into FOLDER` write it",
        ) from error
