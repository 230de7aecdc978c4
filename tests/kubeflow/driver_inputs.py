"""How the driver finds a task's inputs: constants, inputs of the DAG around it, outputs of other tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.kubeflow.driver_values import DriverError, Value, as_value, check_type, items_of, select

Spec = Mapping[str, Any]
RUNNING: Final = "RUNNING"
COMPLETE: Final = "COMPLETE"
FAILED: Final = "FAILED"
CACHED: Final = "CACHED"
CANCELED: Final = "CANCELED"
DONE: Final = (COMPLETE, CACHED, CANCELED)


@dataclass(frozen=True, kw_only=True)
class StoredArtifact:
    """An artifact in the store.

    Attributes:
        name: Its number in the metadata store, by which the cache knows it.
        uri: Where it lies: `minio://bucket/key`.
        type: Its schema.
        metadata: As the metadata store gives it back.
    """

    name: str
    uri: str
    type: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Value] = field(default_factory=dict)


@dataclass(kw_only=True)
class Node:
    """An execution in the metadata store: of a container, a DAG, a loop or one iteration of it.

    Attributes:
        name: Of the task.
        parent: The DAG it belongs to; None for the run itself.
        component: What it executes.
        iteration: Its number in a loop.
        state: As the metadata store has it, which is how an exit task hears of it.
        inputs: Its input parameters.
        input_artifacts: Its input artifacts.
        outputs: What a container gave back.
        output_artifacts: Likewise.
        tasks: Of a DAG, those that have begun.
        iteration_count: Of a loop.
        iterations: Of a loop, those that have begun.
    """

    name: str
    parent: Node | None
    component: Spec
    iteration: int | None = None
    state: str = RUNNING
    inputs: dict[str, Value] = field(default_factory=dict)
    input_artifacts: dict[str, list[StoredArtifact]] = field(default_factory=dict)
    outputs: dict[str, Value] = field(default_factory=dict)
    output_artifacts: dict[str, StoredArtifact] = field(default_factory=dict)
    tasks: dict[str, Node] = field(default_factory=dict)
    iteration_count: int | None = None
    iterations: list[Node] = field(default_factory=list)

    @property
    def is_loop(self) -> bool:
        """Whether its children are iterations."""
        return self.iteration_count is not None

    @property
    def path(self) -> tuple[str, ...]:
        """Names of the DAGs around it, the outermost first; `name[3]` in the fourth iteration of a loop."""
        names, dag = [], self.parent
        while dag and dag.parent:
            if not dag.is_loop:
                names.append(dag.name if dag.iteration is None else f"{dag.name}[{dag.iteration}]")
            dag = dag.parent
        return tuple(reversed(names))

    @property
    def loop_index(self) -> int | None:
        """The iteration of the innermost loop around it."""
        node: Node | None = self
        while node and node.iteration is None:
            node = node.parent
        return node.iteration if node else None

    def settle(self) -> None:
        """Bring the state of a DAG and of those around it up to date, as a step's launcher does at its end.

        A driver does not, so a DAG whose last task is not triggered, or whose last driver refuses, stays
        RUNNING although it has ended.
        """
        if self.parent is None:
            return
        children = self.iterations if self.is_loop else list(self.tasks.values())
        expected = self.iteration_count if self.is_loop else len(self.component["dag"]["tasks"])
        if sum(child.state in DONE for child in children) == expected:
            self.state = COMPLETE
        elif any(child.state == FAILED for child in children):
            self.state = FAILED
        else:
            return
        self.parent.settle()


@dataclass(frozen=True, kw_only=True)
class RunInfo:
    """What the placeholders of a run stand for.

    Attributes:
        run_id: `{{$.pipeline_job_uuid}}`.
        name: `{{$.pipeline_job_name}}`.
        resource_name: `{{$.pipeline_job_resource_name}}`, the workflow's.
        created_at: `{{$.pipeline_job_create_time_utc}}`.
        scheduled_at: `{{$.pipeline_job_schedule_time_utc}}`.
    """

    run_id: str
    name: str
    resource_name: str
    created_at: str
    scheduled_at: str

    def replace(self, constant: Value, *, task: str) -> Value:
        """The constant, or what the placeholder in it stands for; only a whole constant is a placeholder."""
        known = {
            "{{$.pipeline_job_name}}": self.name,
            "{{$.pipeline_job_resource_name}}": self.resource_name,
            "{{$.pipeline_job_uuid}}": self.run_id,
            "{{$.pipeline_task_name}}": task,
            "{{$.pipeline_task_uuid}}": "1",
            "{{$.pipeline_job_create_time_utc}}": self.created_at,
            "{{$.pipeline_job_schedule_time_utc}}": self.scheduled_at,
        }
        return known.get(constant, constant) if isinstance(constant, str) else constant


def input_definitions(component: Spec) -> Spec:
    """The parameters that a component takes."""
    source: Spec = component.get("inputDefinitions", {}).get("parameters", {})
    return source


def root_parameters(component: Spec, given: Mapping[str, Any]) -> dict[str, Value]:
    """The parameters of a run, checked as the API server does, with the pipeline's defaults.

    Raises:
        DriverError: One is missing, unknown or of another type.
    """
    definitions = input_definitions(component)
    unknown = sorted(set(given) - set(definitions))
    if unknown:
        raise DriverError(f"parameter {unknown[0]!r} is not an input of the pipeline")
    values: dict[str, Value] = {}
    for name, definition in definitions.items():
        if name in given:
            values[name] = _root_value(name, as_value(given[name]), definition["parameterType"])
        elif "defaultValue" in definition:
            values[name] = as_value(definition["defaultValue"])
        elif definition.get("isOptional"):
            values[name] = None
        else:
            raise DriverError(
                f"parameter {name!r} is not optional, yet has neither default value nor user provided value"
            )
    return values


def _root_value(name: str, value: Value, declared: str) -> Value:
    if declared == "STRING" and not isinstance(value, str):
        raise DriverError(
            f"input parameter {name} requires type string, but the parameter value is not a string"
        )
    return check_type(name, value, declared)


def resolve_inputs(node: Node, task: Spec, info: RunInfo, *, loop: bool = False) -> None:
    """Fill in the inputs of `node`, a task of the DAG `node.parent`.

    Args:
        node: Whose inputs are wanted.
        task: Its specification.
        info: For placeholders.
        loop: It is the whole loop, not one iteration.

    Raises:
        DriverError: One cannot be found or has another type than the component declares.
    """
    dag, definitions = _dag(node), input_definitions(node.component)
    null = set()
    if "dag" in node.component:
        for name, definition in definitions.items():
            if name not in task.get("inputs", {}).get("parameters", {}) and definition.get("isOptional"):
                node.inputs[name] = as_value(definition.get("defaultValue"))
                if node.inputs[name] is None:
                    null.add(name)
    for name, spec in task.get("inputs", {}).get("parameters", {}).items():
        value = _parameter(dag, task, spec, info)
        if value is None and "componentInputParameter" in spec:
            if definitions.get(name, {}).get("isOptional"):
                continue
            raise DriverError(f"the resolved input parameter is null: {spec['componentInputParameter']}")
        node.inputs[name] = value
    for name, spec in task.get("inputs", {}).get("artifacts", {}).items():
        node.input_artifacts[name] = _artifacts(dag, name, spec)
    item = task["parameterIterator"]["itemInput"] if loop else None
    _select_and_check(node, task, without=item, null=null)


def resolve_iteration(node: Node, loop: Node, task: Spec, items: Sequence[Value]) -> None:
    """Fill in the inputs of one iteration: those of the loop, and its item in the place of all items."""
    iterator = task["parameterIterator"]
    whole = iterator["items"].get("inputParameter", iterator["itemInput"])
    node.inputs = {name: value for name, value in loop.inputs.items() if name != whole}
    node.inputs[iterator["itemInput"]] = items[node.iteration or 0]
    node.input_artifacts = dict(loop.input_artifacts)
    _select_and_check(node, task, without=iterator["items"].get("inputParameter"), null=set())


def loop_items(node: Node, task: Spec) -> list[Value]:
    """What a loop runs over."""
    items = task["parameterIterator"]["items"]
    return items_of(items["raw"] if "raw" in items else node.inputs[items["inputParameter"]])


def _select_and_check(node: Node, task: Spec, *, without: str | None, null: set[str]) -> None:
    for name, spec in task.get("inputs", {}).get("parameters", {}).items():
        if selector := spec.get("parameterExpressionSelector"):
            if name not in node.inputs:
                raise DriverError(f"resolving parameter {name!r}: value not found in inputs")
            node.inputs[name] = select(node.inputs[name], selector)
    for name, definition in input_definitions(node.component).items():
        if name == without or name in null:
            continue
        if name in node.inputs:
            node.inputs[name] = check_type(name, node.inputs[name], definition["parameterType"])
        elif not definition.get("isOptional") and "defaultValue" not in definition:
            raise DriverError(f'neither value nor default value provided for non-optional parameter "{name}"')


def _parameter(dag: Node, task: Spec, spec: Spec, info: RunInfo) -> Value:
    if "componentInputParameter" in spec:
        name = spec["componentInputParameter"]
        if name not in dag.inputs:
            raise DriverError(f"parent DAG does not have input parameter {name}")
        return dag.inputs[name]
    if "runtimeValue" in spec:
        return info.replace(as_value(spec["runtimeValue"]["constant"]), task=task["taskInfo"]["name"])
    if "taskOutputParameter" in spec:
        wanted = spec["taskOutputParameter"]
        producer = _producer(dag, wanted["producerTask"])
        source, key = _follow(producer, wanted["outputParameterKey"], "parameters")
        if source.is_loop:
            return [
                execution.outputs.get(output) for execution, output in _collect(source, key, "parameters")
            ]
        return source.outputs.get(key)
    if "taskFinalStatus" in spec:
        producer = _producer(dag, task["dependentTasks"][0])
        return {
            "state": producer.state,
            "pipelineTaskName": producer.name,
            "pipelineJobResourceName": info.resource_name,
            "error": {},
        }
    raise DriverError(f"parameter spec of type {next(iter(spec), None)} not implemented yet")


def _artifacts(dag: Node, name: str, spec: Spec) -> list[StoredArtifact]:
    if "componentInputArtifact" in spec:
        key = spec["componentInputArtifact"]
        if key not in dag.input_artifacts:
            raise DriverError(
                f"failed to resolve input artifact {name}: parent DAG does not have input artifact {key}"
            )
        return dag.input_artifacts[key]
    wanted = spec["taskOutputArtifact"]
    source, key = _follow(_producer(dag, wanted["producerTask"]), wanted["outputArtifactKey"], "artifacts")
    producers = list(_collect(source, key, "artifacts")) if source.is_loop else [(source, key)]
    missing = [key for producer, key in producers if key not in producer.output_artifacts]
    if missing:
        raise DriverError(
            f'cannot find output artifact key "{missing[0]}" in producer task "{wanted["producerTask"]}"'
        )
    return [producer.output_artifacts[key] for producer, key in producers]


def _follow(node: Node, key: str, what: str) -> tuple[Node, str]:
    """The container, or the loop, that an output of a DAG comes from, and its name there."""
    while "dag" in node.component and not node.is_loop:
        node, key = _step_down(node, key, what)
    return node, key


def _step_down(dag: Node, key: str, what: str) -> tuple[Node, str]:
    outputs = dag.component["dag"].get("outputs", {}).get(what, {})
    if key not in outputs:
        raise DriverError(f"task, {dag.name}, does not have the output {key}")
    output = outputs[key]
    if what == "artifacts":  # the driver takes the last of them, also where another branch was taken
        chosen = output["artifactSelectors"][-1]
        return _producer(dag, chosen["producerSubtask"]), chosen["outputArtifactKey"]
    if "valueFromParameter" in output:
        chosen = output["valueFromParameter"]
        return _producer(dag, chosen["producerSubtask"]), chosen["outputParameterKey"]
    for chosen in output["valueFromOneof"]["parameterSelectors"]:
        task = dag.tasks.get(chosen["producerSubtask"])
        if task and task.state in {CACHED, COMPLETE, FAILED}:
            return task, chosen["outputParameterKey"]
    raise DriverError("processing OneOf: No successful task found")


def _collect(loop: Node, key: str, what: str) -> Iterator[tuple[Node, str]]:
    """The containers behind an output of a loop, by iteration; nested loops become one list."""
    if not loop.iterations:
        raise DriverError(f"{loop.name} had no iterations: producer_subtask not in outputParams")
    for iteration in loop.iterations:
        source, name = _follow(iteration, key, what)
        if source.is_loop:
            yield from _collect(source, name, what)
        else:
            yield source, name


def _producer(dag: Node, name: str) -> Node:
    if name not in dag.tasks:
        raise DriverError(f"producer task, {name}, not in tasks")
    return dag.tasks[name]


def _dag(node: Node) -> Node:
    if node.parent is None:
        raise ValueError("the run itself has no inputs to resolve")
    return node.parent
