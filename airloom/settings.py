"""Settings: frozen dataclasses in code, plain dictionaries when they travel as pipeline parameters."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from types import UnionType
from typing import Any, Final, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from airloom.errors import AirloomError
from airloom.unknown_settings import refuse_unknown

T = TypeVar("T")

VARIABLE: Final = re.compile(r"\$\{(\w+)\}")
"""`${NAME}` in a settings file or URL: what comes from the environment, secrets above all."""


_FORMER_NAME: Final = "former_name"


def formerly(name: str) -> dict[str, str]:
    """Return the `metadata` of a renamed field: `parse` accepts the setting under its former name too.

    Examples:
        >>> @dataclasses.dataclass(frozen=True)
        ... class Oven:
        ...     celsius: int = dataclasses.field(default=180, metadata=formerly("degrees"))
        >>> parse(Oven, {"degrees": 200})
        Oven(celsius=200)
    """
    return {_FORMER_NAME: name}


def parse(kind: type[T], values: Mapping[str, Any]) -> T:
    """Build the settings dataclass `kind` from a dictionary; absent keys keep their defaults.

    Raises:
        AirloomError: A key at any depth is unknown, a setting is given under both of its names, or a value is
            of the wrong type; the message names it.
    """
    values = with_current_names(kind, values)
    refuse_unknown(kind, values)
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        raise _invalid(kind, error) from error


def parse_written(kind: type[T], values: Mapping[str, Any]) -> T:
    """Build settings from what a person wrote, as `parse`, but change no type: `"2"` and `2.5` are no int.

    Raises:
        AirloomError: As for `parse`.
    """
    values = with_current_names(kind, values)
    refuse_unknown(kind, values)
    try:
        return TypeAdapter(kind).validate_json(json.dumps(values, default=str), strict=True)
    except ValidationError as error:
        raise _invalid(kind, error) from error


def _invalid(kind: type, error: ValidationError) -> AirloomError:
    faults = "; ".join(
        f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}{_given(fault['input'])}"
        for fault in error.errors()
    )
    return AirloomError(f"{kind.__name__} is not valid ({faults})", do="Correct these settings")


def _given(value: Any) -> str:
    return f", not {value!r}" if isinstance(value, str | bool | int | float) else ""


def as_dict(settings: Any, *, former_names: bool = False) -> dict[str, Any]:
    """Return the dictionary that `parse` turns back into equal settings.

    What is None is left out, because Kubeflow passes no null: a setting that may be None must default to it.

    Args:
        settings: A settings dataclass.
        former_names: Name renamed settings as they were named before (`formerly`). What is stored or digested
            uses these, so that a rename changes neither a format on disk nor a version.
    """
    values = TypeAdapter(type(settings)).dump_python(settings, mode="json", exclude_none=True)
    renamed: dict[str, Any] = _renamed(type(settings), values, _to_former) if former_names else values
    return renamed


def with_current_names(kind: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings of the dataclass `kind` with every former name replaced by the current, at any depth.

    Raises:
        AirloomError: A setting is given under both of its names.
    """
    renamed: dict[str, Any] = _renamed(kind, values, _to_current)
    return renamed


def _to_former(kind: type) -> dict[str, str]:
    return {current: former for former, current in _to_current(kind).items()}


def _to_current(kind: type) -> dict[str, str]:
    fields = dataclasses.fields(kind)
    return {field.metadata[_FORMER_NAME]: field.name for field in fields if _FORMER_NAME in field.metadata}


def _renamed(kind: Any, values: Any, names: Callable[[type], dict[str, str]]) -> Any:
    """Return `values` with the keys of every dataclass renamed; what `names` does not mention stays."""
    if dataclasses.is_dataclass(kind) and isinstance(values, Mapping):
        hints, new_names = get_type_hints(kind), names(cast("type", kind))
        renamed: dict[str, Any] = {}
        for key, value in values.items():
            name = new_names.get(str(key), str(key))
            if name in renamed or (name != key and name in values):
                raise AirloomError(f"{key} and {name} are one setting", do=f"Give only {name}")
            renamed[name] = _renamed(hints.get(key, hints.get(name)), value, names)
        return renamed
    if get_origin(kind) in (tuple, list) and isinstance(values, tuple | list):
        return [_renamed(get_args(kind)[0], value, names) for value in values]
    if get_origin(kind) in (Union, UnionType):
        for member in get_args(kind):
            values = _renamed(member, values, names)
    return values


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested settings by whole keys: `{"a": {"b": 1}}` as `{"a.b": 1}`; an empty part is a value."""
    by_key: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            by_key |= flat(value, f"{prefix}{name}.")
        else:
            by_key[prefix + name] = value
    return by_key
