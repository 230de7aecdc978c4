"""Settings: frozen dataclasses in code, plain dictionaries when they travel as pipeline parameters."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from airloom.errors import AirloomError

T = TypeVar("T")


def parse(kind: type[T], values: Mapping[str, Any]) -> T:
    """Build the settings dataclass `kind` from a dictionary; absent keys keep their defaults.

    Raises:
        AirloomError: A key is unknown or a value is of the wrong type; the message names it.
    """
    known = {field.name for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(values) - known)
    if unknown:
        raise AirloomError(
            f"{kind.__name__} has no setting {', '.join(unknown)}",
            do=f"Use only: {', '.join(sorted(known))}",
        )
    try:
        return TypeAdapter(kind).validate_python(dict(values))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise AirloomError(f"{kind.__name__} is not valid ({faults})", do="Correct these settings") from error


def as_dict(settings: Any) -> dict[str, Any]:
    """The dictionary that `parse` turns back into equal settings.

    What is None is left out, because Kubeflow passes no null: a setting that may be None must default to it.
    """
    return TypeAdapter(type(settings)).dump_python(settings, mode="json", exclude_none=True)  # type: ignore[no-any-return]
