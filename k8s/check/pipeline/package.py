"""A compiled Kubeflow pipeline: its tasks at any depth, and the Kubernetes settings of its steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from airloom.errors import AirloomError

Spec = Mapping[str, Any]
"""A part of the package, as the YAML has it."""

_SERVER_SIDE = ("argostub/createpvc", "argostub/deletepvc")
"""Images of steps that Kubeflow does by itself, without a pod."""


@dataclass(frozen=True)
class Package:
    """One compiled pipeline.

    Attributes:
        name: The pipeline's name.
        spec: The first document, a PipelineSpec.
        platform: What the second document, a PlatformSpec, tells Kubernetes, by executor.
    """

    name: str
    spec: Spec
    platform: Mapping[str, Spec]

    @property
    def root(self) -> PipelineDag:
        """Return the tasks at the top level."""
        return PipelineDag(package=self, component=self.spec["root"], runner=None)

    def component(self, name: str) -> Spec:
        """Return the component `name`.

        Raises:
            AirloomError: There is none.
        """
        component: Spec | None = self.spec.get("components", {}).get(name)
        if component is None:
            raise AirloomError(
                f"{self.name} names the component {name}, which it does not hold", do="Compile it again"
            )
        return component

    def container(self, executor: str) -> Spec | None:
        """Return the container of `executor`; None where Kubeflow makes no pod of ours for it."""
        described = self.spec.get("deploymentSpec", {}).get("executors", {}).get(executor, {})
        container: Spec | None = described.get("container")
        return None if container is None or container.get("image") in _SERVER_SIDE else container


@dataclass(frozen=True)
class PipelineDag:
    """Tasks that see one another: the top level, or those of a loop, condition, exit handler or sub-pipeline.

    Attributes:
        package: The pipeline.
        component: The component that holds the tasks.
        runner: The task that runs them; None at the top.
    """

    package: Package
    component: Spec
    runner: PipelineTask | None

    def task(self, name: str) -> PipelineTask | None:
        """Return the task `name`, if there is one."""
        spec = self.component["dag"]["tasks"].get(name)
        if spec is None:
            return None
        component = self.package.component(spec["componentRef"]["name"])
        return PipelineTask(name=name, spec=spec, component=component, dag=self)

    def tasks(self) -> Iterator[PipelineTask]:
        """Return the tasks by name."""
        for name in sorted(self.component["dag"]["tasks"]):
            task = self.task(name)
            if task is not None:
                yield task

    @property
    def parameters(self) -> Mapping[str, Spec]:
        """Return the parameters that its component declares."""
        return declared_parameters(self.component, "inputDefinitions")


@dataclass(frozen=True)
class PipelineTask:
    """One task of a pipeline.

    Attributes:
        name: Its name among the tasks beside it.
        spec: What the pipeline says of it: inputs, condition, iterator, retries, caching.
        component: What it runs.
        dag: The tasks beside it.
    """

    name: str
    spec: Spec
    component: Spec
    dag: PipelineDag

    @property
    def path(self) -> str:
        """Return the names of the tasks around it and its own: `for-loop-2/distill-intents`."""
        return f"{self.dag.runner.path}/{self.name}" if self.dag.runner else self.name

    @property
    def parameters(self) -> Mapping[str, Spec]:
        """Return what feeds its input parameters."""
        fed: Mapping[str, Spec] = self.spec.get("inputs", {}).get("parameters", {})
        return fed

    @property
    def artifacts(self) -> Mapping[str, Spec]:
        """Return what feeds its input artifacts."""
        fed: Mapping[str, Spec] = self.spec.get("inputs", {}).get("artifacts", {})
        return fed

    @property
    def iterator(self) -> Spec | None:
        """Return how it loops; None if it does not."""
        iterator: Spec | None = self.spec.get("parameterIterator")
        return iterator

    @property
    def executor(self) -> str:
        """Return the executor of a step; empty for a group of tasks."""
        return str(self.component.get("executorLabel", ""))

    @property
    def container(self) -> Spec | None:
        """Return the container of a step; None if the task has none of ours."""
        return self.dag.package.container(self.executor)

    @property
    def platform(self) -> Spec:
        """Return the Kubernetes settings of the step."""
        return self.dag.package.platform.get(self.executor, {})

    @property
    def inside(self) -> PipelineDag | None:
        """Return the tasks of a group; None for a step."""
        if "dag" not in self.component:
            return None
        return PipelineDag(package=self.dag.package, component=self.component, runner=self)


def read(file: Path) -> Package:
    """Read the pipeline from a compiled package.

    Raises:
        AirloomError: The file is not a compiled pipeline.
    """
    try:
        documents = [
            document for document in yaml.safe_load_all(file.read_text(encoding="utf-8")) if document
        ]
        spec, *rest = documents
        name, _ = spec["pipelineInfo"]["name"], spec["root"]["dag"]["tasks"]
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        raise AirloomError(f"{file} is not a compiled pipeline", do="Write it with `make compile`") from error
    kubernetes = rest[0].get("platforms", {}).get("kubernetes", {}) if rest else {}
    return Package(name=name, spec=spec, platform=kubernetes.get("deploymentSpec", {}).get("executors", {}))


def declared_parameters(component: Spec, part: str) -> Mapping[str, Spec]:
    """Return the parameters that a component declares.

    Args:
        component: The component.
        part: `inputDefinitions` or `outputDefinitions`.
    """
    declared: Mapping[str, Spec] = component.get(part, {}).get("parameters", {})
    return declared


def declared_artifacts(component: Spec, part: str) -> Mapping[str, Spec]:
    """Return the artifacts that a component declares; `part` as for parameters."""
    declared: Mapping[str, Spec] = component.get(part, {}).get("artifacts", {})
    return declared


def walk(package: Package) -> Iterator[PipelineTask]:
    """Yield every task at any depth; a group comes before its tasks."""
    yield from _walk(package.root)


def steps(package: Package) -> Iterator[PipelineTask]:
    """Yield every task that becomes a pod."""
    return (task for task in walk(package) if task.container is not None)


def executed(package: Package) -> dict[str, PipelineTask]:
    """Return the first step of each executor that becomes a pod."""
    first_steps: dict[str, PipelineTask] = {}
    for task in steps(package):
        first_steps.setdefault(task.executor, task)
    return first_steps


def _walk(dag: PipelineDag) -> Iterator[PipelineTask]:
    for task in dag.tasks():
        yield task
        if task.inside is not None:
            yield from _walk(task.inside)
