"""Conditions: they name inputs that exist and compare values of one type."""

from __future__ import annotations

import re
from collections.abc import Iterator

from k8s.check.pipeline.feeds import DanglingFeedError, feed
from k8s.check.pipeline.package import Package, PipelineTask, declared_parameters, walk
from k8s.check.pipeline.types import NUMBERS, same

_NAMED = re.compile(r"inputs\.parameter_values\['([^']+)'\]")
_OPERAND = (
    r"(?:(?:int|double|string|bool)\()?inputs\.parameter_values\['[^']+'\]\)?"
    r"|'[^']*'|\"[^\"]*\"|true|false|-?[\d.]+"
)
_COMPARISON = re.compile(rf"({_OPERAND})\s*(?:==|!=|<=|>=|<|>)\s*({_OPERAND})")
_CAST = {"int": "NUMBER_INTEGER", "double": "NUMBER_DOUBLE", "string": "STRING", "bool": "BOOLEAN"}
_CASTABLE = (*NUMBERS, "STRING")


def faults(package: Package) -> Iterator[str]:
    """Yield the conditions that Kubeflow's driver cannot evaluate."""
    for task in walk(package):
        condition = task.spec.get("triggerPolicy", {}).get("condition", "")
        absent = [name for name in dict.fromkeys(_NAMED.findall(condition)) if name not in task.parameters]
        for name in absent:
            yield f"{task.path}: its condition asks {name}, which is none of its inputs; pass it to the task."
        if not absent:
            yield from (f"{task.path}: {fault}" for fault in _of_comparisons(task, condition))


def _of_comparisons(task: PipelineTask, condition: str) -> Iterator[str]:
    for operands in _COMPARISON.findall(condition):
        left, right = (_type(task, operand) for operand in operands)
        if left and right and not same(left, right):
            yield (
                f"its condition compares {operands[0]}, which is {left}, with {operands[1]}, which is "
                f"{right}; compare values of one type."
            )


def _type(task: PipelineTask, operand: str) -> str:
    """Return the type of one side of a comparison; empty if it is only known at run time."""
    named = _NAMED.search(operand)
    if named is None:
        if operand in ("true", "false"):
            return "BOOLEAN"
        return "STRING" if operand[0] in "'\"" else "NUMBER_DOUBLE"
    declared = _declared(task, named[1])
    cast = operand.partition("(")[0] if "(" in operand else ""
    return _CAST[cast] if cast and (cast in ("string", "bool") or declared in ("", *_CASTABLE)) else declared


def _declared(task: PipelineTask, name: str) -> str:
    declared = declared_parameters(task.component, "inputDefinitions").get(name)
    if declared is not None:
        return str(declared["parameterType"])
    try:
        types = feed(task, task.parameters[name]).types
    except DanglingFeedError:  # said elsewhere
        return ""
    return next(iter(types)) if len(types) == 1 else ""
