"""Reads a YAML or JSON file of settings that a person wrote; nothing in it is dropped or guessed."""

from __future__ import annotations

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Final

import yaml

from airloom.errors import AirloomError


class _Loader(yaml.SafeLoader):
    """YAML without two surprises: a key given twice is refused, and `1e-3` is a number."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's
        names = [key.value for key, _ in node.value]
        twice = sorted({name for name in names if isinstance(name, str) and names.count(name) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(
                None, None, f"{', '.join(twice)} is given twice", node.start_mark
            )
        return super().construct_mapping(node, deep=deep)


_EXPONENT: Final = re.compile(r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?[eE][-+]?[0-9]+$")
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _EXPONENT, list("-+0123456789"))


def read_settings_file(path: Path, *, what: str, do: str) -> dict[str, Any]:
    """Return the mapping in a YAML or JSON file; an empty file is an empty mapping.

    Args:
        path: The file.
        what: What to call it in a message: "The experiment file".
        do: What to write into it.

    Raises:
        AirloomError: It cannot be read, is no YAML, gives a key twice, or holds something else.
    """
    try:
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f", line {mark.line + 1}" if mark is not None else ""
        raise AirloomError(f"{what} {path} cannot be read ({error.problem}{line})", do=do) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise AirloomError(f"{what} {path} cannot be read ({_first_line(error)})", do=do) from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise AirloomError(f"{what} {path} holds no mapping", do=do)
    return {str(key): value for key, value in values.items()}


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
