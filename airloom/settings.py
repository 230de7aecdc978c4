"""Settings: frozen dataclasses in code, plain dictionaries when they travel as pipeline parameters."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from types import UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from airloom.errors import AirloomError

T = TypeVar("T")

VARIABLE: Final = re.compile(r"\$\{(\w+)\}")
"""`${NAME}` in a settings file or URL: what comes from the environment, secrets above all."""


def parse(kind: type[T], values: Mapping[str, Any]) -> T:
    """Build the settings dataclass `kind` from a dictionary; absent keys keep their defaults.

    Raises:
        AirloomError: A key at any depth is unknown or a value is of the wrong type; the message names it.
    """
    _refuse_unknown(kind, values, whole=kind.__name__, place="")
    try:
        return TypeAdapter(kind).validate_python(dict(values))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise AirloomError(f"{kind.__name__} is not valid ({faults})", do="Correct these settings") from error


def _refuse_unknown(kind: Any, values: Any, *, whole: str, place: str) -> None:
    """Look at the keys at every depth: pydantic ignores those that a nested dataclass does not have."""
    if dataclasses.is_dataclass(kind) and isinstance(values, Mapping):
        hints = get_type_hints(kind)
        known = sorted(field.name for field in dataclasses.fields(kind))
        unknown = sorted(f"{place}{key}" for key in values if key not in known)
        if unknown:
            raise AirloomError(
                f"{whole} has no setting {', '.join(unknown)}",
                do=f"Use only: {', '.join(f'{place}{name}' for name in known)}",
            )
        for name, value in values.items():
            _refuse_unknown(hints[name], value, whole=whole, place=f"{place}{name}.")
    elif get_origin(kind) in (tuple, list) and isinstance(values, tuple | list):
        for number, value in enumerate(values):
            _refuse_unknown(get_args(kind)[0], value, whole=whole, place=f"{place}{number}.")
    elif get_origin(kind) in (Union, UnionType):
        for member in get_args(kind):
            _refuse_unknown(member, values, whole=whole, place=place)


def as_dict(settings: Any) -> dict[str, Any]:
    """The dictionary that `parse` turns back into equal settings.

    What is None is left out, because Kubeflow passes no null: a setting that may be None must default to it.
    """
    return TypeAdapter(type(settings)).dump_python(settings, mode="json", exclude_none=True)  # type: ignore[no-any-return]


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings by their whole key: `{"a": {"b": 1}}` as `{"a.b": 1}`; an empty part is a value."""
    by_key: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            by_key |= flat(value, f"{prefix}{name}.")
        else:
            by_key[prefix + name] = value
    return by_key
