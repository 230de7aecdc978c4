"""Runs a compiled pipeline by the rules of Kubeflow Pipelines 2.17: driver, launcher, cache, a process a pod.

Kubeflow's local runner is more lenient: it takes text for an integer, retries nothing, mounts nothing and
runs steps in the environment of whoever calls it. This execution knows the rules of `backend/src/v2/driver`
(`resolve.go`, `dag.go`, `container.go`, `cache.go`) and of the workflow that a pipeline becomes.

Not modelled: tasks that run at the same time, the pause before a retry, requests and limits, node selectors,
importers, artifact iterators, `dsl.WorkspaceConfig`, `dsl.TaskConfig`.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

from tests.kubeflow.driver_conditions import holds
from tests.kubeflow.driver_inputs import (
    CACHED,
    CANCELED,
    COMPLETE,
    FAILED,
    Node,
    RunInfo,
    Spec,
    StoredArtifact,
    loop_items,
    resolve_inputs,
    resolve_iteration,
    root_parameters,
)
from tests.kubeflow.driver_launcher import ClusterDouble, Launcher
from tests.kubeflow.driver_pods import Attempt, KillWhen
from tests.kubeflow.driver_values import DriverError, Value, as_json

State = Literal["SUCCEEDED", "FAILED", "SKIPPED", "CACHED"]
AFTER_ALL: Final = "ALL_UPSTREAM_TASKS_COMPLETED"

KillMoment = Callable[[str, int | None, int], KillWhen | None]
"""Task, iteration and attempt (from 1) -> when this attempt is killed; None for not at all."""


@dataclass(frozen=True, kw_only=True)
class Kill:
    """Kills one attempt of a task.

    Attributes:
        task: Its name.
        after_s: Seconds after its start.
        attempt: Which attempt; None for every one.
        iteration: Which iteration of the loop around it; None for every one.
    """

    task: str
    after_s: float
    attempt: int | None = 1
    iteration: int | None = None

    def __call__(self, task: str, iteration: int | None, attempt: int) -> KillWhen | None:
        """When to kill this attempt."""
        hit = task == self.task and self.attempt in {None, attempt} and self.iteration in {None, iteration}
        return after(self.after_s) if hit else None


def after(seconds: float) -> KillWhen:
    """Kills an attempt so many seconds after its start."""
    return lambda elapsed: elapsed >= seconds


@dataclass(frozen=True, kw_only=True)
class Execution:
    """What became of one task.

    Attributes:
        name: Of the task.
        path: Names of the DAGs around it, the outermost first; `name[3]` in the fourth iteration of a loop.
        iteration: Of the innermost loop around it.
        state: SKIPPED was not begun, because of a condition or of a failure before it.
        attempts: One for each process.
        inputs: Input parameters.
        outputs: Output parameters.
        artifacts: Output artifacts.
        error: What the driver, the launcher or the cluster said.
        memory_limit_mb: Where the cluster would kill the step, MB; 0 for nowhere.
    """

    name: str
    path: tuple[str, ...]
    iteration: int | None
    state: State
    attempts: tuple[Attempt, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    artifacts: Mapping[str, StoredArtifact] = field(default_factory=dict)
    error: str = ""
    memory_limit_mb: float = 0.0

    @property
    def seconds(self) -> float:
        """Duration of all attempts."""
        return sum(attempt.seconds for attempt in self.attempts)

    @property
    def cpu_seconds(self) -> float:
        """Processor time of all attempts."""
        return sum(attempt.cpu_seconds for attempt in self.attempts)

    @property
    def peak_mb(self) -> float:
        """Largest memory of an attempt, MB."""
        return max((attempt.peak_mb for attempt in self.attempts), default=0.0)

    @property
    def log(self) -> str:
        """The output of all attempts, and what the cluster said."""
        return "\n".join([*(attempt.log for attempt in self.attempts), self.error])


@dataclass(frozen=True, kw_only=True)
class PackageRun:
    """A run that has ended.

    Attributes:
        run_id: Its id.
        pipeline: Name of the pipeline.
        state: Of the run.
        executions: Every task that is no DAG, in the order in which they ended; of a DAG only that its driver
            failed or that it was skipped.
        error: The first error of a driver.
    """

    run_id: str
    pipeline: str
    state: Literal["SUCCEEDED", "FAILED"]
    executions: tuple[Execution, ...]
    error: str = ""

    def task(self, name: str, *, iteration: int | None = None) -> Execution:
        """The only execution of that name, in one iteration where it is in a loop."""
        matching = [execution for execution in self.all(name) if iteration in {None, execution.iteration}]
        if len(matching) != 1:
            names = [execution.name for execution in self.executions]
            raise LookupError(f"{len(matching)} executions of {name}; there are {names}")
        return matching[0]

    def all(self, name: str) -> list[Execution]:
        """Every execution of that name."""
        return [execution for execution in self.executions if execution.name == name]

    def table(self) -> str:
        """Duration and memory by task, as Markdown."""
        rows = [
            f"| {'/'.join((*execution.path, execution.name))} | {execution.state} "
            f"| {len(execution.attempts)} "
            f"| {execution.seconds:.1f} | {execution.cpu_seconds:.1f} | {execution.peak_mb:.0f} "
            f"| {execution.memory_limit_mb:.0f} |"
            for execution in self.executions
        ]
        head = ["| task | state | attempts | seconds | CPU seconds | peak MB | limit MB |"]
        head += ["|---|---|---:|---:|---:|---:|---:|"]
        return "\n".join([*head, *rows])

    def failures(self) -> str:
        """Which tasks failed, with the end of their logs."""
        failed = [execution for execution in self.executions if execution.state == "FAILED"]
        return "\n\n".join(
            [self.error, *(f"{execution.name} failed:\n{execution.log[-3000:]}" for execution in failed)]
        )


def run_package(
    package: Path,
    parameters: Mapping[str, Any],
    *,
    cluster: ClusterDouble,
    run_id: str = "",
    scheduled_at: datetime | None = None,
    kill: KillMoment | None = None,
) -> PackageRun:
    """Run the compiled pipeline in `package` to its end.

    Args:
        package: A YAML file: the pipeline, and what its platform needs to know.
        parameters: Of the run.
        cluster: Where it runs; its cache is used and added to.
        run_id: Of the run; a new one if empty.
        scheduled_at: When it was due, by default now.
        kill: When to kill which attempt.
    """
    spec, platform = read_package(package)
    run_id = run_id or str(uuid.uuid4())
    now = datetime.now(UTC)
    name = spec["pipelineInfo"]["name"]
    info = RunInfo(
        run_id=run_id,
        name=name,
        resource_name=f"{name}-{run_id[:5]}",
        created_at=now.isoformat(),
        scheduled_at=(scheduled_at or now).isoformat(),
    )
    launcher = Launcher(cluster, info, executors=spec["deploymentSpec"]["executors"], platform=platform)
    return _Engine(spec, info, launcher, kill).run(parameters)


def read_package(package: Path) -> tuple[Spec, Spec]:
    """The pipeline of a package, and its executors' settings for Kubernetes by label."""
    documents = list(yaml.safe_load_all(package.read_text(encoding="utf-8")))
    json_format.ParseDict(
        documents[0], pipeline_spec_pb2.PipelineSpec()
    )  # refuses what Kubeflow would refuse
    if len(documents) == 1:
        return documents[0], {}
    json_format.ParseDict(documents[1], pipeline_spec_pb2.PlatformSpec())
    return documents[0], documents[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]


class _Engine:
    """One run: walks the DAGs as the workflow controller does."""

    def __init__(self, spec: Spec, info: RunInfo, launcher: Launcher, kill: KillMoment | None) -> None:
        self._spec, self._info, self._launcher, self._kill = spec, info, launcher, kill
        self._executions: list[Execution] = []

    def run(self, parameters: Mapping[str, Any]) -> PackageRun:
        root = Node(name="root", parent=None, component=self._spec["root"])
        try:
            root.inputs = root_parameters(root.component, parameters)
            succeeded, error = self._dag(root), ""
        except DriverError as refused:  # by the API server
            succeeded, error = False, str(refused)
        errors = [error, *(execution.error for execution in self._executions if execution.state == "FAILED")]
        return PackageRun(
            run_id=self._info.run_id,
            pipeline=self._info.name,
            state="SUCCEEDED" if succeeded else "FAILED",
            executions=tuple(self._executions),
            error=next(filter(None, errors), ""),
        )

    def _dag(self, dag: Node) -> bool:
        """Run the tasks of a DAG; whether all that began succeeded.

        A task begins when all it depends on has succeeded; one that was skipped has not. After a failure the
        tasks that could have begun by then still run, and no others.
        """
        tasks: Spec = dag.component["dag"]["tasks"]
        waiting = {name: _dependencies(task) for name, task in tasks.items() if not _is_exit(task)}
        exits = {
            after: name for name, task in tasks.items() if _is_exit(task) for after in task["dependentTasks"]
        }
        succeeded: set[str] = set()
        failed = False
        while (
            ready := [] if failed else sorted(name for name, needs in waiting.items() if needs <= succeeded)
        ):
            for name in ready:
                del waiting[name]
                ended = self._task(dag, name, tasks[name])
                failed |= ended == "FAILED"
                if ended in {"SUCCEEDED", "CACHED"}:
                    succeeded.add(name)
                if name in exits and name in dag.tasks and ended != "SKIPPED":
                    failed |= self._task(dag, exits[name], tasks[exits[name]]) == "FAILED"
        for name in waiting:
            self._note(
                Node(name=name, parent=dag, component={}),
                "SKIPPED",
                error="what it depends on did not succeed",
            )
        return not failed

    def _task(self, dag: Node, name: str, task: Spec) -> State:
        """Run one task of `dag`: its driver, and what the driver decides."""
        component = self._spec["components"][task["componentRef"]["name"]]
        node = Node(name=name, parent=dag, component=component)
        loop = "parameterIterator" in task
        try:
            resolve_inputs(node, task, self._info, loop=loop)
            condition = task.get("triggerPolicy", {}).get("condition")
            triggered = not condition or holds(condition, node.inputs)
            items = loop_items(node, task) if loop and triggered else []
        except DriverError as error:
            return self._note(node, "FAILED", error=str(error))
        dag.tasks[name] = node
        if not triggered:
            node.state = CANCELED
            return self._note(node, "SKIPPED", error=f"not triggered: {condition}")
        if loop:
            node.iteration_count = len(items)
            ended = [self._iteration(node, task, index, items) for index in range(len(items))]
            return _state(all(ended))
        if "dag" in component:
            return _state(self._dag(node))
        return self._container(node, task)

    def _iteration(self, loop: Node, task: Spec, index: int, items: list[Value]) -> bool:
        node = Node(name=loop.name, parent=loop, component=loop.component, iteration=index)
        try:
            resolve_iteration(node, loop, task, items)
        except DriverError as error:
            return self._note(node, "FAILED", error=str(error)) != "FAILED"
        loop.iterations.append(node)
        return self._dag(node)

    def _container(self, node: Node, task: Spec) -> State:
        """Take the outputs of an earlier execution with the same fingerprint, or run the step."""
        cacheable = task.get("cachingOptions", {}).get("enableCache", False)
        fingerprint = self._launcher.fingerprint(node) if cacheable else ""
        if self._launcher.reuse(node, fingerprint):
            node.state = CACHED
            return self._note(node, "CACHED")
        attempts: list[Attempt] = []
        error = ""
        policy = task.get("retryPolicy", {})
        last_start = time.monotonic() + float(policy.get("backoffMaxDuration", "0s").removesuffix("s"))
        for number in range(1, 2 + int(policy.get("maxRetryCount", 0))):
            if number > 1 and time.monotonic() > last_start:
                error += "\nMax duration limit exceeded"
                break
            kill_when = self._kill(node.name, node.loop_index, number) if self._kill else None
            attempt, error = self._launcher.attempt(node, task, kill_when=kill_when)
            attempts += [attempt] if attempt else []
            if not error or not attempt:  # a pod that cannot be made is not made again
                break
        if not error:
            node.state = COMPLETE
            self._launcher.remember(node, fingerprint)
        elif not (attempts and attempts[-1].killed):  # the launcher dies with its pod and reports nothing
            node.state = FAILED
        if node.parent:
            node.parent.settle()
        return self._note(node, _state(not error), attempts=tuple(attempts), error=error)

    def _note(
        self, node: Node, state: State, *, attempts: tuple[Attempt, ...] = (), error: str = ""
    ) -> State:
        self._executions.append(
            Execution(
                name=node.name,
                path=node.path,
                iteration=node.loop_index,
                state=state,
                attempts=attempts,
                inputs={name: as_json(value) for name, value in node.inputs.items()},
                outputs={name: as_json(value) for name, value in node.outputs.items()},
                artifacts=dict(node.output_artifacts),
                error=error,
                memory_limit_mb=self._launcher.memory_limit_mb(node),
            )
        )
        return state


def _state(succeeded: bool) -> State:
    return "SUCCEEDED" if succeeded else "FAILED"


def _is_exit(task: Spec) -> bool:
    return bool(task.get("triggerPolicy", {}).get("strategy") == AFTER_ALL)


def _dependencies(task: Spec) -> set[str]:
    """The tasks that must have succeeded: those named, and those whose outputs are inputs."""
    inputs = task.get("inputs", {})
    sources = [*inputs.get("parameters", {}).values(), *inputs.get("artifacts", {}).values()]
    wanted = [source.get("taskOutputParameter") or source.get("taskOutputArtifact") for source in sources]
    return {*task.get("dependentTasks", ()), *(source["producerTask"] for source in wanted if source)}
