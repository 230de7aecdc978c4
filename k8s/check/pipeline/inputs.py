"""Inputs: every input of every task is fed by a value of its type; so are the parameters of the run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from k8s.check.pipeline.feeds import DanglingFeedError, feed, origin, output_types
from k8s.check.pipeline.package import Package, PipelineTask, Spec, declared_parameters, walk
from k8s.check.pipeline.types import annotation, fits, same, type_of


def faults(package: Package) -> Iterator[str]:
    """Yield the inputs that nothing feeds, or a value of another type."""
    for task in walk(package):
        yield from (f"{task.path}: {fault}" for fault in _of_inputs(task))
        yield from (f"{task.path}: {fault}" for fault in _of_items(task))
        yield from (f"{task.path}: {fault}" for fault in _of_outputs(task))


def faults_of_run(package: Package, parameters: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the parameters of a scheduled run of the pipeline."""
    declared = package.root.parameters
    for name, spec in declared.items():
        if name not in parameters and not _optional(spec):
            yield f"the scheduled run gives no value for {name}, which has no default; give it one."
    for name, value in parameters.items():
        if name not in declared:
            yield f"the scheduled run gives {name}, which is no parameter of the pipeline; remove it."
        elif not same(type_of(value), declared[name]["parameterType"]):
            yield (
                f"the scheduled run gives {value!r} for the parameter {name}, which is "
                f"{declared[name]['parameterType']}; give a value of that type."
            )


def _of_inputs(task: PipelineTask) -> Iterator[str]:
    declared = declared_parameters(task.component, "inputDefinitions")
    item = task.iterator["itemInput"] if task.iterator is not None else None
    for name, spec in declared.items():
        if name not in task.parameters and name != item and not _optional(spec):
            yield f"nothing feeds its input {name}; pass a value in the pipeline."
    for name, source in task.parameters.items():
        try:
            fed = feed(task, source)
        except DanglingFeedError as error:
            yield f"its input {name} is fed by {error}; pass a value that exists in the pipeline."
            continue
        target = declared.get(name, {}).get("parameterType", "STRING")
        for unfit in sorted(kind for kind in fed.types if not fits(kind, target)):
            yield (
                f"its input {name} is {target}, but {fed.what}, which feeds it, is {unfit}, and Kubeflow "
                f"converts nothing but to text; {_remedy(task, source, target)}."
            )


def _of_items(task: PipelineTask) -> Iterator[str]:
    if task.iterator is None:
        return
    declared = declared_parameters(task.component, "inputDefinitions")
    target = declared[task.iterator["itemInput"]]["parameterType"]
    items = task.iterator["items"]
    if "raw" in items:
        unfit = {type_of(item) for item in json.loads(items["raw"]) if not fits(type_of(item), target)}
        for unfit_type in sorted(unfit):
            yield f"its loop item is {target}, but the list holds {unfit_type}; use items of one type."
    elif items["inputParameter"] not in task.parameters:
        yield f"nothing feeds {items['inputParameter']}, the list it loops over; pass a list in the pipeline."
    elif declared[items["inputParameter"]]["parameterType"] not in ("LIST", "STRING"):
        yield (
            f"it loops over {items['inputParameter']}, which is "
            f"{declared[items['inputParameter']]['parameterType']}; loop over a list."
        )


def _of_outputs(task: PipelineTask) -> Iterator[str]:
    """Yield the outputs of a group of tasks that lead to no step, whether or not anything reads them."""
    outputs = task.component.get("dag", {}).get("outputs", {}).get("parameters", {})
    for name in outputs:
        try:
            output_types(task, name)
        except DanglingFeedError as error:
            yield f"its output {name} is {error}; return an output that exists."


def _remedy(task: PipelineTask, source: Spec, target: str) -> str:
    came = origin(task.dag, source)
    if came.loop is None:
        return "change the annotation of the one or the other"
    items = (came.loop.iterator or {})["items"]
    producer = came.loop.parameters.get(items.get("inputParameter"), {}).get("taskOutputParameter")
    if producer is None:
        return f"annotate the list it loops over as {annotation(target)}"
    output = f"the output {producer['outputParameterKey']} of {producer['producerTask']}"
    return f"annotate {output}, which it loops over, as {annotation(target)}"


def _optional(spec: Spec) -> bool:
    return bool(spec.get("isOptional")) or "defaultValue" in spec
