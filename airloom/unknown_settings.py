"""Refuses keys that settings do not have, and names the nearest key that they have."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from airloom.errors import AirloomError


def refuse_unknown(kind: type, values: Mapping[str, Any]) -> None:
    """Raise for a key that the settings dataclass `kind` does not have, at any depth.

    Pydantic ignores those that a nested dataclass does not have.

    Raises:
        AirloomError: There is such a key; the message names the nearest known one.
    """
    _refuse(kind, values, root=kind, prefix="")


def all_keys(kind: type, prefix: str = "") -> Iterator[str]:
    """Yield every key of the settings dataclass `kind`: `training`, `training.batch`, ..."""
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):
        yield prefix + field.name
        inner = section_of(hints[field.name])
        if inner is not None:
            yield from all_keys(inner, f"{prefix}{field.name}.")


def section_of(hint: Any) -> type | None:
    """Return the settings dataclass of a field that is `X` or `X | None`; None if it is a value."""
    members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return next((m for m in members if isinstance(m, type) and dataclasses.is_dataclass(m)), None)


def _refuse(kind: Any, values: Any, *, root: type, prefix: str) -> None:
    if dataclasses.is_dataclass(kind) and isinstance(values, Mapping):
        hints = get_type_hints(kind)
        known = sorted(field.name for field in dataclasses.fields(kind))
        unknown = sorted(str(key) for key in values if key not in known)
        if unknown:
            raise AirloomError(
                f"{root.__name__} has no setting {', '.join(prefix + key for key in unknown)}"
                + "".join(_nearest(root, prefix, key, known) for key in unknown[:1]),
                do=f"Use only: {', '.join(f'{prefix}{name}' for name in known)}",
            )
        for name, value in values.items():
            _refuse(hints[name], value, root=root, prefix=f"{prefix}{name}.")
    elif get_origin(kind) in (tuple, list) and isinstance(values, tuple | list):
        for number, value in enumerate(values):
            _refuse(get_args(kind)[0], value, root=root, prefix=f"{prefix}{number}.")
    elif get_origin(kind) in (Union, UnionType):
        for member in get_args(kind):
            _refuse(member, values, root=root, prefix=prefix)


def _nearest(root: type, prefix: str, key: str, siblings: list[str]) -> str:
    """Return `; the nearest is ...`: a sibling that is spelled alike, or the same name elsewhere."""
    alike = difflib.get_close_matches(key, siblings, n=1)
    if alike:
        return f"; the nearest is {prefix}{alike[0]}"
    by_name = {path.rpartition(".")[2]: path for path in reversed(list(all_keys(root)))}
    elsewhere = difflib.get_close_matches(key, by_name, n=1)
    return f"; the nearest is {by_name[elsewhere[0]]}" if elsewhere else ""
