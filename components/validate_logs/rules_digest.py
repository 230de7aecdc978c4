"""A digest of the rules for the logs: if it changes, every delivered day is validated again.

It is taken from their code, because Great Expectations, which runs them, is slow to import.
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import importlib
import importlib.util
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

SUITES: Final = "components.validate_logs.suites"


def rules_digest(module: str = SUITES) -> str:
    """Return the digest of a module's code without comments and docstrings, and of the constants it imports.

    Args:
        module: Not imported; what it imports from `airloom` is.
    """
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(name=module)
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    constants = [f"{name} = {_stable(value)}" for name, value in sorted(_imported_constants(tree))]
    parts = [_code(tree), *constants, version("great-expectations")]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _imported_constants(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("airloom."):
            source = importlib.import_module(str(node.module))
            for imported in node.names:
                value = getattr(source, imported.name)
                if not callable(value):
                    yield imported.name, value


def _code(tree: ast.Module) -> str:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_docstring(body[0]):
            node.body = body[1:] or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.unparse(tree)


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _stable(value: Any) -> str:
    """Return a text of a value that is the same in every process; that of a set is not."""
    if isinstance(value, set | frozenset):
        return str(sorted(map(_stable, value)))
    if isinstance(value, list | tuple):
        return str([_stable(item) for item in value])
    if isinstance(value, dict):
        return str({str(key): _stable(item) for key, item in value.items()})
    if dataclasses.is_dataclass(value):
        return str({field.name: _stable(getattr(value, field.name)) for field in dataclasses.fields(value)})
    return str(value)
