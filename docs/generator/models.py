"""The fields of a pydantic model, and the options and variables of the service's settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, get_args, get_origin

from pydantic import BaseModel

from airloom.setting_meanings import type_name
from docs.generator.table import code, table

LIMITS: Final = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
}
"""How a keyword of JSON Schema is said."""


def model_reference(model: type[BaseModel]) -> str:
    """Return the table of the fields of `model`: type, limits, whether required, and meaning."""
    properties = model.model_json_schema(mode="validation")["properties"]
    rows = [
        [
            code(name),
            code(type_name(_plain(field.annotation))),
            _limits(properties[name]),
            "yes" if field.is_required() else "",
            field.description or "",
        ]
        for name, field in model.model_fields.items()
    ]
    return table(["Field", "Type", "Limits", "Required", "Meaning"], rows)


def environment_reference(settings: type[BaseModel]) -> str:
    """Return the table of the variables of `settings`, whose configuration has their prefix."""
    prefix = str(settings.model_config.get("env_prefix", ""))
    rows = [
        [
            code(f"{prefix}{name.upper()}"),
            code(f"--{name.replace('_', '-')}"),
            "yes" if field.is_required() else "",
            field.description or "",
        ]
        for name, field in settings.model_fields.items()
    ]
    return table(["Variable", "Option", "Required", "Meaning"], rows)


def _plain(hint: Any) -> Any:
    """Return the type without its annotations, at any depth."""
    if get_origin(hint) is Annotated:
        return _plain(get_args(hint)[0])
    inner = get_args(hint)
    if not inner or get_origin(hint) is None:
        return hint
    if str(get_origin(hint)) == "typing.Literal":
        return hint
    plain = tuple(map(_plain, inner))
    if get_origin(hint) in (list, set, tuple, dict):
        return get_origin(hint)[plain]
    union = plain[0]
    for member in plain[1:]:
        union = union | member
    return union


def _limits(schema: Mapping[str, Any]) -> str:
    forms = [schema, *schema.get("anyOf", ())]
    limits = [LIMITS[key].format(f"{form[key]:,}") for form in forms for key in LIMITS if key in form]
    default = schema.get("default")
    return ", ".join([*limits, *([f"default {default}"] if default is not None else [])])
