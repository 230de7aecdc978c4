"""What feeds the inputs of a pipeline's tasks: the source, and the types that its values may have."""

from __future__ import annotations

from typing import Any, NamedTuple

from k8s.check.pipeline.package import PipelineDag, PipelineTask, Spec, declared_parameters
from k8s.check.pipeline.types import type_of


class DanglingFeedError(Exception):
    """An input is fed by something that does not exist; the message names it, as the end of a sentence."""


class Feed(NamedTuple):
    """The source of one input.

    Attributes:
        what: How messages call it.
        types: The types that it may have; empty if only a run can tell.
    """

    what: str
    types: frozenset[str]


class Origin(NamedTuple):
    """The origin of a value, past all tasks that only pass it on.

    Attributes:
        form: `constant`, `output`, `item` (of a loop), `parameter` (of the run), `status` (of an exit
            handler) or `default` (of a component).
        name: The parameter of the run.
        value: The constant or default.
        loop: The loop whose item it is.
    """

    form: str
    name: str = ""
    value: Any = None
    loop: PipelineTask | None = None


def feed(task: PipelineTask, source: Spec) -> Feed:
    """Return what `source`, an input of `task`, names.

    Raises:
        DanglingFeedError: There is no such thing.
    """
    if "parameterExpressionSelector" in source:
        _feed(task, source)
        return Feed("a part of another value", frozenset())
    return _feed(task, source)


def origin(dag: PipelineDag, source: Spec) -> Origin:
    """Return the origin of the value of `source`, which feeds a task of `dag`."""
    if "componentInputParameter" not in source:
        if "runtimeValue" in source:
            return Origin("constant", value=source["runtimeValue"].get("constant"))
        return Origin("status" if "taskFinalStatus" in source else "output")
    name = source["componentInputParameter"]
    runner = dag.runner
    if runner is None:
        return Origin("parameter", name=name)
    if runner.iterator is not None and runner.iterator["itemInput"] == name:
        return Origin("item", loop=runner)
    if name not in runner.parameters:
        return Origin("default", value=dag.parameters.get(name, {}).get("defaultValue"))
    return origin(runner.dag, runner.parameters[name])


def output_types(task: PipelineTask, key: str) -> frozenset[str]:
    """Return the types that the output `key` of `task` may have.

    A loop collects what its tasks give into a list. What a condition or sub-pipeline gives is followed to the
    step that makes it, as the driver does: types that the compiler writes on the way are not looked at.

    Raises:
        DanglingFeedError: The task, or one inside it, has no such output.
    """
    if task.inside is None:
        outputs = declared_parameters(task.component, "outputDefinitions")
        if key not in outputs:
            raise DanglingFeedError(f"the output {key} of {task.path}, which has no such output")
        return frozenset({outputs[key]["parameterType"]})
    outputs = task.component["dag"].get("outputs", {}).get("parameters", {})
    if key not in outputs:
        raise DanglingFeedError(f"the output {key} of {task.path}, which has no such output")
    chosen = outputs[key]
    selectors = chosen.get("valueFromOneof", {}).get("parameterSelectors") or [chosen["valueFromParameter"]]
    inner = frozenset[str]().union(
        *(
            _produced(task.inside, selector["producerSubtask"], selector["outputParameterKey"])
            for selector in selectors
        )
    )
    return frozenset({"LIST"}) if task.iterator is not None else inner


def _feed(task: PipelineTask, source: Spec) -> Feed:
    if "runtimeValue" in source:
        value = source["runtimeValue"].get("constant")
        return Feed(f"the constant {value!r}", frozenset({type_of(value)}))
    if "taskOutputParameter" in source:
        producer, key = (
            source["taskOutputParameter"][part] for part in ("producerTask", "outputParameterKey")
        )
        return Feed(f"the output {key} of {producer}", _produced(task.dag, producer, key))
    if "taskFinalStatus" in source:
        producer = source["taskFinalStatus"]["producerTask"]
        if producer not in task.spec.get("dependentTasks", []) or task.dag.task(producer) is None:
            raise DanglingFeedError(f"the final status of {producer}, which it does not run after")
        return Feed(f"the final status of {producer}", frozenset({"TASK_FINAL_STATUS"}))
    name = source["componentInputParameter"]
    if name not in task.dag.parameters:
        holder = task.dag.runner.path if task.dag.runner else "the pipeline"
        raise DanglingFeedError(f"the parameter {name} of {holder}, which has no such parameter")
    types = frozenset({task.dag.parameters[name]["parameterType"]})
    iterator = task.dag.runner.iterator if task.dag.runner else None
    called = "the loop item" if iterator and iterator["itemInput"] == name else "the parameter"
    return Feed(f"{called} {name}", types)


def _produced(dag: PipelineDag, producer: str, key: str) -> frozenset[str]:
    task = dag.task(producer)
    if task is None:
        raise DanglingFeedError(f"the output {key} of {producer}, which is no task beside it")
    return output_types(task, key)
