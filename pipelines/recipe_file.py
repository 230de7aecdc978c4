"""A recipe as a YAML file: a named recipe, and what differs from it."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, get_type_hints

from airloom.errors import AirloomError
from airloom.setting_meanings import attribute_meanings, type_name
from airloom.settings import as_dict, parse_written, with_current_names
from airloom.settings_file import read_settings_file
from airloom.unknown_settings import refuse_unknown, section_of
from pipelines.recipes import RECIPES, Recipe, recipe_named

BASED_ON: Final = "based_on"
_ELSEWHERE: Final = {
    "name": "The recipe is called as its file is",
    "readout": "Write the experiment and how it is read into experiment.yaml",
    "training_set.snapshot": "Set `snapshot`: both pipelines use it",
}
"""What is no setting of the file, and what to do instead."""
_WIDTH: Final = 106
_HEAD: Final = """\
# The settings of every run over this folder: airloom run daily, airloom run training and others.
#
# A line "#key: value" is a setting with its default: remove the "#" and change the value. Indent by
# blanks, as here. An unknown key or a value of another type stops a run before it begins.
# The experiment is in experiment.yaml.
"""


def read_recipe(path: Path) -> Recipe:
    """Return the recipe in a file: that which `based_on` names, with what the file says in its place.

    Raises:
        AirloomError: The file cannot be read, has an unknown key, or a value that is not valid.
    """
    do = 'Write settings into it, for example "training: {batch: 128}" (docs/reference/settings.md)'
    values = read_settings_file(path, what="The recipe file", do=do)
    base = recipe_named(str(values.pop(BASED_ON, "default")))
    try:
        values = with_current_names(Recipe, _without_empty_sections(Recipe, values))
        refuse_unknown(Recipe, values)
        _refuse_elsewhere(values)
        settings = _merged(as_dict(base), values) | {"name": base.name}
        return parse_written(Recipe, settings)
    except AirloomError as error:
        what = error.what.removeprefix("Recipe ")
        raise AirloomError(f"The recipe file {path} {what}", do=error.do) from error


def recipe_text(base: Recipe) -> str:
    """Return a recipe file that changes nothing: every setting as a comment, with its meaning and default."""
    lines = [
        _HEAD,
        f"# The named recipe that this file changes: {', '.join(RECIPES)}.",
        f"{BASED_ON}: {base.name}",
        *_lines(Recipe, as_dict(base), prefix="", depth=0),
    ]
    return "\n".join(lines) + "\n"


def _lines(kind: type, values: Mapping[str, Any], *, prefix: str, depth: int) -> Iterator[str]:
    hints, meanings, indent = get_type_hints(kind), attribute_meanings(kind), "  " * depth
    for field in dataclasses.fields(kind):
        key = prefix + field.name
        if key in _ELSEWHERE:
            continue
        section = section_of(hints[field.name])
        if depth == 0:
            yield ""
        meaning = meanings[field.name] if section else f"{meanings[field.name]} {_type(hints[field.name])}"
        yield from textwrap.wrap(
            meaning, _WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}#  "
        )
        if section is None:
            value = json.dumps(values.get(field.name), ensure_ascii=False)
            yield f"{indent}#{field.name}: {value}"
        else:
            yield f"{indent}{field.name}:"
            yield from _lines(section, values.get(field.name) or {}, prefix=f"{key}.", depth=depth + 1)


def _type(hint: Any) -> str:
    return f"[{type_name(hint)}]"


def _without_empty_sections(kind: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` without the sections under which nothing is written: in YAML they are null."""
    hints = get_type_hints(kind)
    sections = {name: section_of(hints.get(name)) for name in values}
    return {
        name: _without_empty_sections(section, value) if section and isinstance(value, Mapping) else value
        for name, value in values.items()
        if not ((section := sections[name]) and value is None)
    }


def _refuse_elsewhere(values: Mapping[str, Any]) -> None:
    for key, do in _ELSEWHERE.items():
        inner: Any = values
        for name in key.split("."):
            inner = inner.get(name) if isinstance(inner, Mapping) else None
        if inner is not None:
            raise AirloomError(f"has {key}, which is not set there", do=do)


def _merged(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return `settings` with `changes` in their place, section by section."""
    merged = dict(settings)
    for name, value in changes.items():
        before = settings.get(name)
        both = isinstance(value, Mapping) and isinstance(before, Mapping)
        merged[name] = _merged(before, value) if both else value  # type: ignore[arg-type]
    return merged
