"""The pod of a step: what the driver puts into it, what the launcher in it does, and the cache of both."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

from tests.kubeflow.driver_inputs import Node, RunInfo, Spec, StoredArtifact, input_definitions
from tests.kubeflow.driver_pods import ARTIFACTS, Attempt, KillWhen, Mount, StepPod
from tests.kubeflow.driver_values import DriverError, Value, as_json, as_text, as_value, from_text
from tests.kubeflow.image import Image, own

BUCKET: Final = "minio://mlpipeline/v2/artifacts"
SCHEME: Final = "minio://"
OUTPUT_FILE: Final = "/tmp/kfp_outputs/output_metadata.json"  # noqa: S108 - Kubeflow's own
OUTPUT_PARAMETERS: Final = "/tmp/kfp/outputs"  # noqa: S108 - Kubeflow's own
NAMESPACE: Final = "kubeflow"


@dataclass(kw_only=True)
class Cache:
    """Outputs of successful executions by fingerprint, and the numbers of artifacts: shared by many runs."""

    entries: dict[str, tuple[dict[str, Value], dict[str, StoredArtifact]]] = field(default_factory=dict)
    artifact_numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))


@dataclass(frozen=True, kw_only=True)
class ClusterDouble:
    """Where pipelines run.

    Attributes:
        image: What every step's container is made of, whatever image it names.
        folder: For the artifact store and the pods.
        shared: Folders that every pod sees at the path they have here, and may write.
        claims: Volume claims: the folder behind each name.
        config_maps: Likewise; pods cannot write there.
        secrets: Secrets: values by key.
        environment: More variables of every pod.
        cache: What earlier runs found.
    """

    image: Image
    folder: Path
    shared: Sequence[Path] = ()
    claims: Mapping[str, Path] = field(default_factory=dict)
    config_maps: Mapping[str, Path] = field(default_factory=dict)
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    cache: Cache = field(default_factory=Cache)

    def stored(self, uri: str) -> Path:
        """Where the artifact at `uri` lies in the store; it may not exist."""
        return self.folder / "store" / uri.removeprefix(SCHEME)


class _PodError(Exception):
    """The pod cannot be made; the message is the cluster's."""


class Launcher:
    """Starts the steps of one run.

    Args:
        cluster: Where.
        info: Of the run.
        executors: Container specifications by label.
        platform: Settings for Kubernetes by the same label.
    """

    def __init__(self, cluster: ClusterDouble, info: RunInfo, *, executors: Spec, platform: Spec) -> None:
        self._cluster, self._info, self._executors, self._platform = cluster, info, executors, platform

    def fingerprint(self, node: Node) -> str:
        """What makes two executions the same: container, inputs, names of artifacts, types, volumes."""
        container, outputs = self._container(node), node.component.get("outputDefinitions", {})
        key = {
            "pipeline": self._info.name,
            "image": container["image"],
            "cmdArgs": [*container.get("command", ()), *container.get("args", ())],
            "pvcNames": sorted(
                {self._name(mount, "pvcName", node) for mount in self._settings(node).get("pvcMount", ())}
            ),
            "inputParameterValues": {name: as_json(value) for name, value in node.inputs.items()},
            "inputArtifactNames": {
                name: [artifact.name for artifact in some] for name, some in node.input_artifacts.items()
            },
            "outputArtifactsSpec": outputs.get("artifacts", {}),
            "outputParametersSpec": {
                name: definition["parameterType"]
                for name, definition in outputs.get("parameters", {}).items()
            },
        }
        return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()

    def reuse(self, node: Node, fingerprint: str) -> bool:
        """Give `node` the outputs of an earlier execution, if there was one."""
        if fingerprint not in self._cluster.cache.entries:
            return False
        node.outputs, node.output_artifacts = self._cluster.cache.entries[fingerprint]
        return True

    def remember(self, node: Node, fingerprint: str) -> None:
        """Keep the outputs of a successful execution for later ones."""
        if fingerprint:
            self._cluster.cache.entries[fingerprint] = (node.outputs, node.output_artifacts)

    def attempt(self, node: Node, task: Spec, *, kill_when: KillWhen | None) -> tuple[Attempt | None, str]:
        """Run one pod of `node` and take its outputs.

        Returns:
            The attempt, if the pod came so far, and why it failed; empty if it did not.
        """
        folder = self._cluster.folder / "pods" / self._info.run_id / f"{node.name}-{uuid.uuid4().hex[:8]}"
        try:
            pod = self._pod(node, folder)
        except (_PodError, DriverError) as error:
            return None, str(error)
        salt = uuid.uuid4().hex
        executor_input = self._executor_input(node, task, pod, salt)
        pod.prepare()
        self._download(node, pod)
        own(pod.folder, image=self._cluster.image)
        deadline = float(self._settings(node).get("activeDeadlineSeconds", 0)) or math.inf

        def ends(elapsed: float) -> bool:
            return elapsed >= deadline or bool(kill_when and kill_when(elapsed))

        done = pod.run(self._command(node, executor_input), kill_when=ends)
        if done.killed:
            at_deadline = done.seconds >= deadline
            return done, "DeadlineExceeded" if at_deadline else f"killed after {done.seconds:.2f} s"
        if done.exit_code:
            return done, f"main container exited with {done.exit_code}"
        try:
            self._publish(node, executor_input, pod)
        except DriverError as error:
            return done, str(error)
        return done, ""

    def memory_limit_mb(self, node: Node) -> float:
        """The memory limit of a step's container, MB; 0 without one."""
        executor = self._executors.get(node.component.get("executorLabel", ""), {})
        gigabytes = executor.get("container", {}).get("resources", {}).get("memoryLimit", 0)
        return 1000 * float(gigabytes)

    def _container(self, node: Node) -> Spec:
        spec: Spec = self._executors[node.component["executorLabel"]]
        if "container" not in spec:
            raise NotImplementedError(f"the executor of {node.name} is no container")
        container: Spec = spec["container"]
        return container

    def _settings(self, node: Node) -> Spec:
        settings: Spec = self._platform.get(node.component["executorLabel"], {})
        return settings

    def _name(self, settings: Spec, field_name: str, node: Node) -> str:
        """A name in the settings: a constant, or a parameter of the DAG around the step."""
        parameter = settings.get(f"{field_name}Parameter", settings)
        if "runtimeValue" in parameter:
            return str(parameter["runtimeValue"]["constant"])
        if "componentInputParameter" in parameter:
            return as_text(node.parent.inputs[parameter["componentInputParameter"]] if node.parent else None)
        return str(settings.get(field_name) or settings["constant"])

    def _pod(self, node: Node, folder: Path) -> StepPod:
        settings = self._settings(node)
        name = f"{self._info.resource_name}-system-container-impl-{folder.name[-8:]}"
        container = self._container(node)
        environment = {variable["name"]: variable.get("value", "") for variable in container.get("env", ())}
        for variable in settings.get("fieldPathAsEnv", ()):
            environment[variable["name"]] = self._field(variable["fieldPath"], name)
        user = settings.get("securityContext", {}).get("runAsUser")
        return StepPod(
            image=self._cluster.image,
            folder=folder,
            volumes=list(self._volumes(node, folder)),
            environment=dict(self._cluster.environment) | environment | dict(self._secrets(node)),
            user=int(user) if user is not None else None,
        )

    def _volumes(self, node: Node, folder: Path) -> Iterator[Mount]:
        settings = self._settings(node)
        for shared in self._cluster.shared:
            yield Mount(shared, str(shared))
        for mount in settings.get("pvcMount", ()):
            claim = self._name(mount, "pvcName", node)
            if claim not in self._cluster.claims:
                raise _PodError(f'persistentvolumeclaim "{claim}" not found')
            yield Mount(self._cluster.claims[claim] / mount.get("subPath", ""), mount["mountPath"])
        for mount in settings.get("configMapAsVolume", ()):
            name = self._name(mount, "configMapName", node)
            if name in self._cluster.config_maps:
                yield Mount(self._cluster.config_maps[name], mount["mountPath"], writable=False)
            elif not mount.get("optional"):
                raise _PodError(
                    f'MountVolume.SetUp failed for volume "{name}" : configmap "{name}" not found'
                )
        for mount in settings.get("emptyDirMounts", ()):
            host = folder / "empty" / mount["volumeName"]
            host.mkdir(parents=True)
            yield Mount(host, mount["mountPath"])

    def _secrets(self, node: Node) -> Iterator[tuple[str, str]]:
        for secret in self._settings(node).get("secretAsEnv", ()):
            name = self._name(secret, "secretName", node)
            values = self._cluster.secrets.get(name)
            for pair in secret["keyToEnv"]:
                if values is not None and pair["secretKey"] in values:
                    yield pair["envVar"], values[pair["secretKey"]]
                elif not secret.get("optional"):
                    fault = f"couldn't find key {pair['secretKey']} in Secret {NAMESPACE}/{name}"
                    fault = fault if values is not None else f'secret "{name}" not found'
                    raise _PodError(f"CreateContainerConfigError: {fault}")

    def _field(self, path: str, pod_name: str) -> str:
        known = {
            "metadata.name": pod_name,
            "metadata.namespace": NAMESPACE,
            "metadata.uid": str(uuid.uuid4()),
            "metadata.labels['pipeline/runid']": self._info.run_id,
        }
        if path not in known:
            raise _PodError(f"CreateContainerConfigError: the field {path} is not known here")
        return known[path]

    def _executor_input(self, node: Node, task: Spec, pod: StepPod, salt: str) -> dict[str, Any]:
        """What a step is told: its inputs, and where its outputs belong."""
        outputs = node.component.get("outputDefinitions", {})
        root = f"{BUCKET}/{self._info.name}/{self._info.run_id}/{task['taskInfo']['name']}/{salt}"
        defaults = {
            name: as_value(definition["defaultValue"])
            for name, definition in input_definitions(node.component).items()
            if "defaultValue" in definition
        }
        return {
            "inputs": {
                "parameterValues": {name: as_json(value) for name, value in (defaults | node.inputs).items()},
                "artifacts": {
                    name: {"artifacts": [_runtime_artifact(artifact, pod) for artifact in some]}
                    for name, some in node.input_artifacts.items()
                },
            },
            "outputs": {
                "parameters": {
                    name: {"outputFile": pod.seen(f"{OUTPUT_PARAMETERS}/{name}")}
                    for name in outputs.get("parameters", {})
                },
                "artifacts": {
                    name: {
                        "artifacts": [
                            _runtime_artifact(
                                StoredArtifact(
                                    name="", uri=f"{root}/{name}", type=definition["artifactType"]
                                ),
                                pod,
                            )
                        ]
                    }
                    for name, definition in outputs.get("artifacts", {}).items()
                },
                "outputFile": pod.seen(OUTPUT_FILE),
            },
        }

    def _command(self, node: Node, executor_input: Mapping[str, Any]) -> list[str]:
        message = json_format.ParseDict(executor_input, pipeline_spec_pb2.ExecutorInput())
        fields = as_json(as_value(json_format.MessageToDict(message)))  # Go writes 3 where Python writes 3.0
        placeholders = {"{{$}}": json.dumps(fields, separators=(",", ":"))}
        for name, value in executor_input["inputs"]["parameterValues"].items():
            placeholders[f"{{{{$.inputs.parameters['{name}']}}}}"] = as_text(as_value(value))
        for name, value in executor_input["outputs"]["parameters"].items():
            placeholders[f"{{{{$.outputs.parameters['{name}'].output_file}}}}"] = value["outputFile"]
        for side in ("inputs", "outputs"):
            for name, some in executor_input[side]["artifacts"].items():
                if some["artifacts"]:
                    uri = some["artifacts"][0]["uri"]
                    placeholders[f"{{{{$.{side}.artifacts['{name}'].uri}}}}"] = uri
                    path = uri.replace(SCHEME, f"{ARTIFACTS}/", 1)
                    placeholders[f"{{{{$.{side}.artifacts['{name}'].path}}}}"] = path
        container = self._container(node)
        pattern = re.compile("|".join(map(re.escape, placeholders)))
        parts = [*container.get("command", ()), *container.get("args", ())]
        return [pattern.sub(lambda match: placeholders[match[0]], part) for part in parts]

    def _download(self, node: Node, pod: StepPod) -> None:
        """Bring the first artifact of every input, as the launcher does."""
        for some in node.input_artifacts.values():
            if some and (source := self._cluster.stored(some[0].uri)).exists():
                _copy(source, pod.path(f"{ARTIFACTS}/{some[0].uri.removeprefix(SCHEME)}"))

    def _publish(self, node: Node, executor_input: Mapping[str, Any], pod: StepPod) -> None:
        """Take the outputs that the step left, and put its artifacts into the store.

        Raises:
            DriverError: An output is missing, or cannot be kept.
        """
        file = pod.path(OUTPUT_FILE)
        content = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        given = content.get("parameterValues", {})
        definitions = node.component.get("outputDefinitions", {}).get("parameters", {})
        outputs = {name: as_value(value) for name, value in given.items()}
        for name in set(definitions) - set(outputs):
            written = pod.path(f"{OUTPUT_PARAMETERS}/{name}")
            if not written.exists():
                raise DriverError(f'failed to read output parameter name="{name}": no such file')
            outputs[name] = from_text(written.read_text(encoding="utf-8"), definitions[name]["parameterType"])
        artifacts = {}
        for name, some in executor_input["outputs"]["artifacts"].items():
            reported = content.get("artifacts", {}).get(name, {}).get("artifacts") or [{}]
            uri = _stored_uri(reported[0].get("uri") or some["artifacts"][0]["uri"], pod)
            local = pod.path(f"{ARTIFACTS}/{uri.removeprefix(SCHEME)}")
            if uri.startswith(SCHEME) and local.exists():
                _copy(local, self._cluster.stored(uri))
            artifacts[name] = StoredArtifact(
                name=str(next(self._cluster.cache.artifact_numbers)),
                uri=uri,
                type=some["artifacts"][0]["type"],
                metadata=_kept_metadata(name, as_value(reported[0].get("metadata", {}))),
            )
        node.outputs, node.output_artifacts = outputs, artifacts


def _runtime_artifact(artifact: StoredArtifact, pod: StepPod) -> dict[str, Any]:
    """An artifact as a step is told of it; without a root of its own it is told the path on this machine."""
    uri = artifact.uri
    if not pod.isolated:
        uri = uri.replace(SCHEME, f"{pod.path(ARTIFACTS)}/", 1)
    return {
        "name": artifact.name,
        "uri": uri,
        "type": dict(artifact.type),
        "metadata": {name: as_json(value) for name, value in artifact.metadata.items()},
    }


def _stored_uri(uri: str, pod: StepPod) -> str:
    return uri if pod.isolated else uri.replace(f"{pod.path(ARTIFACTS)}/", SCHEME, 1)


def _kept_metadata(name: str, metadata: Value) -> dict[str, Value]:
    """What the metadata store gives back of an artifact's metadata; it knows no null and no booleans."""
    kept: dict[str, Value] = {}
    for key, value in metadata.items() if isinstance(metadata, dict) else ():
        if value is None:
            raise DriverError(
                f'unable to produce MLMD artifact for output "{name}": unknown/unsupported value type null'
            )
        if isinstance(value, bool):
            kept[key] = float(value)
        elif isinstance(value, list):
            kept[key] = {"list": value}
        elif isinstance(value, dict):
            kept[key] = {"struct": value}
        else:
            kept[key] = value
    return kept


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)
