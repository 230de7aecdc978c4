"""The meanings of a dataclass's fields, from the section "Attributes" of its docstring."""

from __future__ import annotations

import inspect

import griffe


def attribute_meanings(owner: type) -> dict[str, str]:
    """Return the description of each attribute by its name; bases first, so that a class may say more."""
    meanings: dict[str, str] = {}
    for base in reversed(owner.__mro__):
        text = inspect.cleandoc(base.__dict__.get("__doc__") or "")
        for section in griffe.Docstring(text, parser="google").parse():
            if isinstance(section, griffe.DocstringSectionAttributes):
                meanings |= {attribute.name: attribute.description for attribute in section.value}
    return meanings
