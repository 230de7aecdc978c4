"""The fields of a pydantic model, and the options and variables of the service's settings."""

from __future__ import annotations

from pydantic import BaseModel

from docs.generator.settings import type_name
from docs.generator.table import code, table


def model_reference(model: type[BaseModel]) -> str:
    """Return the table of the fields of `model`."""
    rows = [
        [
            code(name),
            code(type_name(field.annotation)),
            "yes" if field.is_required() else "",
            field.description or "",
        ]
        for name, field in model.model_fields.items()
    ]
    return table(["Field", "Type", "Required", "Meaning"], rows)


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
