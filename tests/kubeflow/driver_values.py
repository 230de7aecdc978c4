"""Parameter values as Kubeflow's driver holds them: JSON values of protobuf, where a number is a double."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

Value = None | bool | float | str | list[Any] | dict[str, Any]

LARGEST_PLAIN: Final = 1e21
"""From here on Go writes a double with an exponent."""
JSON_STEP: Final = re.compile(r'\[(?:"([^"]*)"|(\d+))\]')


class DriverError(Exception):
    """The driver, or the launcher in the step's pod, refuses; the message is Kubeflow's own."""


def as_value(content: Any) -> Value:
    """What becomes of `content` on its way through protobuf: integers become doubles."""
    if content is None or isinstance(content, bool | str):
        return content
    if isinstance(content, int | float):
        return float(content)
    if isinstance(content, list | tuple):
        return [as_value(item) for item in content]
    if isinstance(content, Mapping):
        return {str(name): as_value(item) for name, item in content.items()}
    raise TypeError(f"{type(content).__name__} is not a value of a pipeline")


def as_json(value: Value) -> Any:
    """`value` as the driver writes it to JSON: a double that is a whole number without a point."""
    if isinstance(value, float) and value.is_integer() and abs(value) < LARGEST_PLAIN:
        return int(value)
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if isinstance(value, dict):
        return {name: as_json(item) for name, item in value.items()}
    return value


def as_text(value: Value) -> str:
    """The text that an input of type STRING gets, and that a placeholder in a command is replaced by."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return format(Decimal(repr(as_json(value))), "f")
    return json.dumps(as_json(value), separators=(",", ":"), sort_keys=True)


def from_text(text: str, declared: str) -> Value:
    """An output parameter as a step wrote it to a file of its own."""
    try:
        if declared == "STRING":
            return text
        if declared in {"NUMBER_INTEGER", "NUMBER_DOUBLE"}:
            return float(int(text) if declared == "NUMBER_INTEGER" else float(text))
        if declared == "BOOLEAN":
            return {"true": True, "false": False}[text.strip().lower()]
        return as_value(json.loads(text))
    except (ValueError, KeyError) as error:
        raise DriverError(f"failed to parse {text!r} as {declared}: {error}") from error


def check_type(name: str, value: Value, declared: str) -> Value:
    """`value` as an input of the type `declared` takes it.

    Raises:
        DriverError: It does not; only text converts.
    """
    if declared == "STRING":
        return as_text(value)
    if value is None:
        raise DriverError(f'got null for input parameter "{name}"')
    kind, accepted = {
        str: ("string", ()),
        bool: ("bool", ("BOOLEAN",)),
        float: ("number", ("NUMBER_DOUBLE", "NUMBER_INTEGER")),
        list: ("list", ("LIST",)),
        dict: ("struct", ("STRUCT", "TASK_FINAL_STATUS", "TASK_CONFIG")),
    }[type(value)]
    if declared not in accepted:
        raise DriverError(f'input parameter "{name}" type mismatch: expect {declared}, got {kind}')
    return value


def items_of(value: Value) -> list[Value]:
    """The items of a loop."""
    if isinstance(value, str):
        value = as_value(json.loads(value))
        return value if isinstance(value, list) else []
    if not isinstance(value, list):
        raise DriverError(f"value of type {type(value).__name__} cannot be iterated")
    return value


def select(value: Value, selector: str) -> Value:
    """Apply a `parameterExpressionSelector`; the compiler writes `parseJson(string_value)["field"]`."""
    start = "parseJson(string_value)"
    rest = selector.removeprefix(start)
    if not selector.startswith(start) or JSON_STEP.sub("", rest):
        raise DriverError(f"the expression selector {selector!r} is not understood")
    chosen = as_value(json.loads(as_text(value)))
    for field, index in JSON_STEP.findall(rest):
        try:
            chosen = chosen[field] if field else chosen[int(index)]  # type: ignore[index]
        except (KeyError, IndexError, TypeError) as error:
            raise DriverError(
                f"evaluation of parameter expression selector {selector!r} failed: no such key"
            ) from error
    return chosen
