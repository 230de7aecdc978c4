"""Types of pipeline parameters, and which values they accept: the rules of Kubeflow's driver."""

from __future__ import annotations

NUMBERS = ("NUMBER_INTEGER", "NUMBER_DOUBLE")
_AS_STRUCT = ("STRUCT", "TASK_FINAL_STATUS", "TASK_CONFIG")
_PYTHON = {
    "NUMBER_INTEGER": "int",
    "NUMBER_DOUBLE": "float",
    "BOOLEAN": "bool",
    "STRING": "str",
    "STRUCT": "dict",
    "LIST": "list",
}


def type_of(value: object) -> str:
    """Return the type of a value in the YAML of a pipeline; numbers have no finer type there."""
    match value:
        case bool():
            return "BOOLEAN"
        case int() | float():
            return "NUMBER_DOUBLE"
        case str():
            return "STRING"
        case list():
            return "LIST"
        case dict():
            return "STRUCT"
        case _:
            return "NULL"


def same(source: str, target: str) -> bool:
    """Return whether a value of type `source` is one of type `target` without conversion."""
    return any(source in family and target in family for family in (NUMBERS, _AS_STRUCT, (source,)))


def fits(source: str, target: str) -> bool:
    """Return whether the driver accepts a value of type `source` for a step's input of type `target`.

    Nothing is converted but to text, which every value can be.
    """
    return target == "STRING" or same(source, target)


def annotation(item: str) -> str:
    """Return the annotation of a list whose items have the type `item`, such as `List[int]`."""
    return f"List[{_PYTHON.get(item, 'dict')}]"
