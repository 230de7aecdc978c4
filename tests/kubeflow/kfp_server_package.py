"""Parses a compiled pipeline package as strictly as the KFP API server and its compiler to Argo do."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import yaml
from google.protobuf import json_format
from google.protobuf.message import Message
from kfp.kubernetes.kubernetes_executor_config_pb2 import KubernetesExecutorConfig
from kfp.pipeline_spec.pipeline_spec_pb2 import (
    ComponentSpec,
    PipelineDeploymentConfig,
    PipelineSpec,
    PlatformSpec,
)

from tests.kubeflow.kfp_server_errors import invalid

M = TypeVar("M", bound=Message)

SCHEMA_VERSION = "2.1.0"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,127}")


@dataclass(frozen=True, kw_only=True)
class ParsedPackage:
    """The documents of a package.

    Attributes:
        pipeline_spec: The first document.
        platform_spec: The second document; empty when the package has none.
        executors: The executors of the deployment spec, by label.
        kubernetes: What the platform spec sets for executors, by label.
    """

    pipeline_spec: PipelineSpec
    platform_spec: PlatformSpec
    executors: Mapping[str, PipelineDeploymentConfig.ExecutorSpec]
    kubernetes: Mapping[str, KubernetesExecutorConfig]

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return str(self.pipeline_spec.pipeline_info.name)

    def to_json(self) -> dict[str, Any]:
        """As the API shows it: the pipeline spec, or both specs where there is a platform spec."""
        pipeline: dict[str, Any] = json_format.MessageToDict(self.pipeline_spec)
        if not self.platform_spec.platforms:
            return pipeline
        return {"pipeline_spec": pipeline, "platform_spec": json_format.MessageToDict(self.platform_spec)}


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that occurs twice in a mapping, as Go's yaml.v3 does."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        repeated = {str(key) for key in keys if keys.count(key) > 1}
        if repeated:
            message = f"mapping key {', '.join(sorted(repeated))} already defined"
            raise yaml.YAMLError(message)
        return super().construct_mapping(node, deep)


def parse_package(text: bytes) -> ParsedPackage:
    """Parse the documents of an uploaded file.

    Raises:
        ApiError: 400, with what is wrong.
    """
    try:
        documents = list(yaml.load_all(text, Loader=_StrictLoader))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        message = f"unable to decode yaml document: {error}"
        raise invalid(message) from error
    return package_of([document for document in documents if document is not None])


def package_of_struct(struct: Mapping[str, Any]) -> ParsedPackage:
    """Parse what the client puts into `pipeline_spec` of a run: one spec, or both under their names."""
    if "pipeline_spec" not in struct:
        return package_of([struct])
    platform = [struct["platform_spec"]] if struct.get("platform_spec") else []
    return package_of([struct["pipeline_spec"], *platform])


def package_of(documents: list[Any]) -> ParsedPackage:
    """Parse documents that are decoded already.

    Raises:
        ApiError: 400, with what is wrong.
    """
    pipelines: list[PipelineSpec] = []
    platforms: list[PlatformSpec] = []
    for document in documents:
        if not isinstance(document, Mapping):
            raise invalid("a document of the package is not a mapping")
        if {"pipelineInfo", "pipeline_info"} & document.keys():
            pipelines.append(_message(document, PipelineSpec(), "invalid v2 pipeline spec"))
        else:
            platforms.append(_message(document, PlatformSpec(), "invalid platform spec"))
    if not pipelines:
        raise invalid("no pipeline spec is provided")
    if len(pipelines) > 1:
        raise invalid("multiple pipeline specs provided")
    if len(platforms) > 1:
        raise invalid("multiple platform specs provided")
    spec = pipelines[0]
    platform = platforms[0] if platforms else PlatformSpec()
    _check_header(spec)
    deployment = _message(
        json_format.MessageToDict(spec.deployment_spec),
        PipelineDeploymentConfig(),
        "invalid deployment spec",
    )
    _check_components(spec, deployment)
    return ParsedPackage(
        pipeline_spec=spec,
        platform_spec=platform,
        executors=dict(deployment.executors),
        kubernetes=_kubernetes(platform),
    )


def _check_header(spec: PipelineSpec) -> None:
    if spec.schema_version != SCHEMA_VERSION:
        message = (
            f"KFP only supports schema version {SCHEMA_VERSION}, "
            f"but the pipeline spec has version {spec.schema_version}"
        )
        raise invalid(message)
    if not _NAME.fullmatch(spec.pipeline_info.name):
        message = (
            "pipeline's name must contain only lowercase alphanumeric characters or '-' and must start "
            f"with alphanumeric characters: {spec.pipeline_info.name!r}"
        )
        raise invalid(message)
    if not spec.HasField("root"):
        raise invalid("invalid v2 pipeline spec: root component is empty")
    if spec.root.WhichOneof("implementation") != "dag":
        raise invalid("invalid v2 pipeline spec: the root component is not a dag")


def _check_components(spec: PipelineSpec, deployment: PipelineDeploymentConfig) -> None:
    for name, component in [("root", spec.root), *sorted(spec.components.items())]:
        kind = component.WhichOneof("implementation")
        if kind is None:
            message = f"component {name} has neither a dag nor an executorLabel"
            raise invalid(message)
        if kind == "executor_label" and component.executor_label not in deployment.executors:
            message = f"component {name}: executorLabel {component.executor_label!r} is not in deploymentSpec"
            raise invalid(message)
        _check_tasks(name, component, spec)


def _check_tasks(name: str, component: ComponentSpec, spec: PipelineSpec) -> None:
    for task_name, task in component.dag.tasks.items():
        if task.component_ref.name not in spec.components:
            message = (
                f"task {name}.{task_name}: componentRef {task.component_ref.name!r} is not in components"
            )
            raise invalid(message)
        unknown = set(task.dependent_tasks) - set(component.dag.tasks)
        if unknown:
            message = f"task {name}.{task_name}: dependentTasks {sorted(unknown)} are not in its dag"
            raise invalid(message)


def _kubernetes(platform: PlatformSpec) -> dict[str, KubernetesExecutorConfig]:
    if platform.platforms and "kubernetes" not in platform.platforms:
        message = f"platform spec has no kubernetes platform: {sorted(platform.platforms)}"
        raise invalid(message)
    if not platform.platforms:
        return {}
    executors = platform.platforms["kubernetes"].deployment_spec.executors
    return {
        label: _message(
            json_format.MessageToDict(config),
            KubernetesExecutorConfig(),
            f"invalid kubernetes config of {label}",
        )
        for label, config in sorted(executors.items())
    }


def _message(document: Mapping[str, Any], message: M, problem: str) -> M:
    try:
        json_format.ParseDict(document, message, ignore_unknown_fields=False)
    except json_format.ParseError as error:
        detail = f"{problem}: {error}"
        raise invalid(detail) from error
    return message
