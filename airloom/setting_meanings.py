"""What each setting means: the section "Attributes" of its dataclass's docstring, and its type in words."""

from __future__ import annotations

import inspect
import re
import types
from typing import Any, Final, get_args, get_origin

_ATTRIBUTE: Final = re.compile(r"    (?P<name>\w+): (?P<meaning>.*)")


def attribute_meanings(owner: type) -> dict[str, str]:
    """Return the description of each attribute by its name; bases first, so that a class may say more."""
    meanings: dict[str, str] = {}
    for base in reversed(owner.__mro__):
        meanings |= _attributes(inspect.cleandoc(base.__dict__.get("__doc__") or ""))
    return meanings


def type_name(hint: Any) -> str:
    """Return how a reader writes a type: `int or None`, `list[str]`."""
    if hint is type(None):
        return "None"
    origin = get_origin(hint)
    inner = get_args(hint)
    if origin is None:
        return getattr(hint, "__name__", str(hint))
    if isinstance(hint, types.UnionType) or str(origin) == "typing.Union":
        return " or ".join(map(type_name, inner))
    if str(origin) == "typing.Literal":
        return " or ".join(map(repr, inner))
    of = ", ".join("..." if member is Ellipsis else type_name(member) for member in inner)
    return f"{getattr(origin, '__name__', origin)}[{of}]"


def _attributes(docstring: str) -> dict[str, str]:
    """Return the entries of the section; a line that is indented further belongs to the entry before it."""
    _, _, section = f"\n{docstring}".partition("\nAttributes:\n")
    meanings: dict[str, str] = {}
    name = ""
    for line in section.splitlines():
        if line and not line.startswith("    "):
            break
        if entry := _ATTRIBUTE.fullmatch(line):
            name = entry["name"]
            meanings[name] = entry["meaning"]
        elif name and line.strip():
            meanings[name] += f" {line.strip()}"
    return meanings
