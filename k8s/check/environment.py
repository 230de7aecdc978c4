"""The variables of a container, and what Kubernetes makes of `$(VARIABLE)` in its command."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from k8s.check.render import Manifest

_REFERENCE = re.compile(r"(\$?)\$\(([\w.-]+)\)")
"""`$(NAME)`; a second dollar before it makes it plain text."""


def variables(container: Mapping[str, Any], objects: Sequence[Manifest]) -> dict[str, str]:
    """Return the names and values that the rendered objects hold; those of secrets are left out.

    Args:
        container: A container of a pod specification.
        objects: The rendered objects, among them the ConfigMaps.
    """
    config_maps = {
        manifest["metadata"]["name"]: manifest.get("data", {})
        for manifest in objects
        if manifest["kind"] == "ConfigMap"
    }
    values: dict[str, str] = {}
    for source in container.get("envFrom", []):
        data = config_maps.get(source.get("configMapRef", {}).get("name"), {})
        values |= {source.get("prefix", "") + name: value for name, value in data.items()}
    for variable in container.get("env", []):
        reference = variable.get("valueFrom", {}).get("configMapKeyRef")
        if reference is not None:
            value = config_maps.get(reference["name"], {}).get(reference["key"])
            if value is not None:
                values[variable["name"]] = value
        elif "valueFrom" not in variable:
            values[variable["name"]] = expand(variable.get("value", ""), values)
    return values


def expand(text: str, values: Mapping[str, str]) -> str:
    """Replace every `$(NAME)` in `text` whose name has a value; `$$(NAME)` becomes `$(NAME)`."""

    def replaced(match: re.Match[str]) -> str:
        return match[0][1:] if match[1] else values.get(match[2], match[0])

    return _REFERENCE.sub(replaced, text)


def referenced(text: str) -> set[str]:
    """Return the names of the variables that `text` refers to."""
    return {name for escaped, name in _REFERENCE.findall(text) if not escaped}
