"""Types of pipeline parameters, and which value may enter which: the rules of Kubeflow's driver."""

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
    """The type of a value in the YAML of a pipeline; numbers have no finer type there."""
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
    """Whether a value of type `source` is one of type `target` as it is."""
    return any(source in family and target in family for family in (NUMBERS, _AS_STRUCT, (source,)))


def fits(source: str, target: str) -> bool:
    """Whether the driver lets a value of type `source` into a step's input of type `target`.

    Nothing is converted but to text, which every value can be.
    """
    return target == "STRING" or same(source, target)


def annotation(item: str) -> str:
    """The annotation of a list whose items have the type `item`, such as `List[int]`."""
    return f"List[{_PYTHON.get(item, 'dict')}]"
