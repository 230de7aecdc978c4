"""Every setting of a recipe and of the benchmark: name, type, default and meaning."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args, get_type_hints

from airloom.setting_meanings import attribute_meanings, type_name
from docs.generator.table import code, table


def settings_reference(root: type, *, title: str) -> str:
    """Return one section for the settings class `root` and one for each settings class inside it."""
    return "\n".join(_sections(root, path="", title=title))


def undocumented(root: type) -> list[str]:
    """Return the settings, `Class.name`, whose meaning no docstring gives."""
    return sorted(
        f"{owner.__name__}.{field.name}"
        for owner in {owner for _, owner in _nested(root, path="")}
        for field in dataclasses.fields(owner)
        if not attribute_meanings(owner).get(field.name)
    )


def _sections(root: type, *, path: str, title: str) -> Iterator[str]:
    for inner, owner in _nested(root, path=path):
        heading = f"`{inner}`" if inner else title
        yield f"## {heading}\n"
        yield f"Class `{owner.__name__}` in `{owner.__module__.replace('.', '/')}.py`.\n"
        yield table(["Setting", "Type", "Default", "Meaning"], _rows(owner))


def _nested(owner: type, *, path: str) -> Iterator[tuple[str, type]]:
    """Yield the class and the settings classes that are its fields, each with its path in a recipe."""
    yield path, owner
    hints = get_type_hints(owner)
    for field in dataclasses.fields(owner):
        inner = _settings_class(hints[field.name])
        if inner is not None:
            yield from _nested(inner, path=f"{path}.{field.name}".lstrip("."))


def _settings_class(hint: Any) -> type | None:
    members = [hint, *get_args(hint)]
    return next((m for m in members if isinstance(m, type) and dataclasses.is_dataclass(m)), None)


def _rows(owner: type) -> Iterator[list[str]]:
    hints = get_type_hints(owner)
    meanings = attribute_meanings(owner)
    for field in dataclasses.fields(owner):
        hint = hints[field.name]
        nested = _settings_class(hint) is not None
        default = "see below" if nested else code(_default(field))
        yield [code(field.name), code(type_name(hint)), default, meanings.get(field.name, "")]


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        value = field.default
    elif field.default_factory is not dataclasses.MISSING:
        value = field.default_factory()
    else:
        return ""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, frozenset | set):
        return "{" + ", ".join(sorted(map(repr, value))) + "}"
    return repr(value)
