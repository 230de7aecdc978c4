"""Conditions of tasks: the part of CEL that the compiler writes for `dsl.If`, `dsl.Elif` and `dsl.Else`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.kubeflow.driver_values import DriverError, Value, as_text

TOKEN: Final = re.compile(
    r"\s*(?:(?P<name>inputs\.parameter_values\['(?P<key>[^']+)'\])|(?P<text>'(?:[^'\\]|\\.)*')"
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|(?P<word>[A-Za-z]\w*)|(?P<sign>&&|\|\||[=!<>]=|[<>!()]))"
)
ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
CASTS: Final[Mapping[str, Callable[[Any], Value]]] = {
    "int": lambda value: float(int(float(value))),
    "double": float,
    "string": as_text,
    "bool": lambda value: value if isinstance(value, bool) else {"true": True, "false": False}[value],
}


def holds(condition: str, parameters: Mapping[str, Value]) -> bool:
    """Whether `condition` is true of a task's input parameters.

    Raises:
        DriverError: It is no condition that the compiler writes, or compares what cannot be compared.
    """
    result = _Reader(condition, parameters).read()
    if not isinstance(result, bool):
        raise DriverError(f"evaluation error: return type is not bool, got {result!r}")
    return result


class _Reader:
    """Reads a condition once from left to right and keeps its value."""

    def __init__(self, condition: str, parameters: Mapping[str, Value]) -> None:
        self._condition, self._parameters = condition, parameters
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(condition.rstrip()):
            token = TOKEN.match(condition, position)
            if not token or not token.lastgroup:
                raise self._error(f"cannot be read at {condition[position:]!r}")
            group = "name" if token["name"] else token.lastgroup
            self._tokens.append((group, token["key"] if group == "name" else token[group]))
            position = token.end()

    def read(self) -> Value:
        value = self._either()
        if self._tokens:
            raise self._error(f"goes on with {self._tokens[0][1]!r}")
        return value

    def _either(self) -> Value:
        value = self._both()
        while self._take("||"):
            other = self._both()
            value = self._truth(value) or self._truth(other)
        return value

    def _both(self) -> Value:
        value = self._comparison()
        while self._take("&&"):
            other = self._comparison()
            value = self._truth(value) and self._truth(other)
        return value

    def _comparison(self) -> Value:
        left = self._operand()
        if self._tokens and self._tokens[0][1] in {"==", "!=", *ORDERS}:
            sign, right = self._tokens.pop(0)[1], self._operand()
            if sign in {"==", "!="}:
                return (type(left) is type(right) and left == right) is (sign == "==")
            if type(left) is not type(right) or isinstance(left, bool) or not isinstance(left, float | str):
                raise self._error("evaluation error: no such overload")
            return ORDERS[sign](left, right)
        return left

    def _operand(self) -> Value:
        if self._take("!"):
            return not self._truth(self._operand())
        if self._take("("):
            return self._enclosed()
        if not self._tokens:
            raise self._error("ends too early")
        kind, text = self._tokens.pop(0)
        if kind == "word" and text in CASTS and self._take("("):
            return self._cast(text, self._enclosed())
        return self._literal(kind, text)

    def _cast(self, wanted: str, value: Value) -> Value:
        try:
            return CASTS[wanted](value)
        except (TypeError, ValueError, KeyError) as error:
            raise self._error(f"evaluation error: {wanted}({value!r})") from error

    def _literal(self, kind: str, text: str) -> Value:
        if kind == "name" and text in self._parameters:
            return self._parameters[text]
        if kind == "name":
            raise self._error(f"evaluation error: no such key: {text}")
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind == "number":
            return float(text)
        if text in {"true", "false"}:
            return text == "true"
        raise self._error(f"has an unknown word {text!r}")

    def _enclosed(self) -> Value:
        value = self._either()
        if not self._take(")"):
            raise self._error("lacks a closing bracket")
        return value

    def _take(self, sign: str) -> bool:
        if self._tokens and self._tokens[0] == ("sign", sign):
            self._tokens.pop(0)
            return True
        return False

    def _truth(self, value: Value) -> bool:
        if not isinstance(value, bool):
            raise self._error("evaluation error: no such overload")
        return value

    def _error(self, what: str) -> DriverError:
        return DriverError(f"the condition {self._condition!r} {what}")
