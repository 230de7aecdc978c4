"""Writes every component's README from its code and metadata, or checks that the committed ones say so.

`python -m components.readme` writes them; with `--check` it changes nothing and names the outdated ones.
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import docstring_parser
import yaml

from airloom.errors import AirloomError
from airloom.generated_files import write_or_check
from airloom.settings import parse

COMPONENTS = Path(__file__).parent


@dataclass(frozen=True)
class Dependency:
    """Something that a component runs on or calls.

    Attributes:
        name: Its own name, such as `Feast`.
        version: The versions that will do, such as `>=0.67`.
    """

    name: str
    version: str


@dataclass(frozen=True)
class Metadata:
    """What `metadata.yaml` says, in the form of Kubeflow's catalogue of components.

    Attributes:
        name: The component's name, which is its folder's too.
        stability: How much its signature may still change.
        dependencies: By sort: `kubeflow` and, where a tool is called, `external_services`.
        tags: Words by which it is found.
    """

    name: str
    stability: Literal["alpha", "beta", "stable"]
    dependencies: Mapping[Literal["kubeflow", "external_services"], list[Dependency]]
    tags: list[str] = field(default_factory=list)


def folders() -> list[Path]:
    """Return the folder of every component, by name."""
    return sorted(file.parent for file in COMPONENTS.glob("*/component.py"))


def metadata(folder: Path) -> Metadata:
    """Return what the component's `metadata.yaml` says.

    Raises:
        AirloomError: The file is absent or says something else than `Metadata` knows.
    """
    file = folder / "metadata.yaml"
    try:
        return parse(Metadata, yaml.safe_load(file.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise AirloomError(
            f"{file} is missing", do="Copy the one of another component and adapt it"
        ) from error
    except AirloomError as error:
        raise AirloomError(f"{file}: {error.what}", do=error.do) from error


def readme(folder: Path) -> str:
    """Return the README that belongs into `folder`."""
    component: Any = getattr(importlib.import_module(f"components.{folder.name}.component"), folder.name)
    spec = component.component_spec
    doc = docstring_parser.parse(component.python_func.__doc__ or "", docstring_parser.DocstringStyle.GOOGLE)
    returned = _returned(doc, spec.outputs or {})
    descriptions = {param.arg_name: _one_line(param.description) for param in doc.params} | returned
    facts = metadata(folder)
    needs = [f"{need.name} {need.version}" for sort in facts.dependencies.values() for need in sort]
    parts = [
        f"# {folder.name}",
        _one_line(doc.short_description),
        doc.long_description or "",
        f"Stability: {facts.stability}. Needs: {', '.join(needs)}. Tags: {', '.join(facts.tags)}.",
        "## Inputs",
        _table(
            ("name", "type", "default", "meaning"),
            [
                (f"`{name}`", _kind(given.type), _default(given), descriptions.get(name, ""))
                for name, given in (spec.inputs or {}).items()
            ],
        ),
        "## Outputs",
        _table(
            ("name", "type", "meaning"),
            [
                (f"`{name}`", _kind(made.type), descriptions.get(name, ""))
                for name, made in (spec.outputs or {}).items()
            ],
        ),
        f"Returns: {_one_line(doc.returns.description)}" if doc.returns and not returned else "",
        "Written by `make compile` from [the code](component.py) and [its metadata](metadata.yaml).",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def readmes() -> dict[Path, str]:
    """Return the text of every README.

    Raises:
        AirloomError: A component's metadata cannot be read.
    """
    return {folder / "README.md": readme(folder) for folder in folders()}


def _returned(doc: docstring_parser.Docstring, outputs: Iterable[str]) -> dict[str, str]:
    """Return the Returns section's text on each output by name; a section in prose names none."""
    if doc.returns is None:
        return {}
    text = f"{doc.returns.type_name}: {doc.returns.description}"
    parts = re.split(rf"^({'|'.join(outputs)}): ", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], map(_one_line, parts[2::2]), strict=True))


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _kind(schema: str) -> str:
    """Return the type of an artifact: `system.Metrics@0.0.1` is Metrics."""
    return schema.removeprefix("system.").partition("@")[0]


def _default(given: Any) -> str:
    return f"`{given.default!r}`" if given.optional else ""


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return "None."
    cells = [head, ("---",) * len(head), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |".replace("|  |", "| |") for row in cells)


def main(arguments: list[str] | None = None) -> int:
    """Write the READMEs, or with `--check` compare them; returns 1 if one is outdated or cannot be made."""
    parser = argparse.ArgumentParser(prog="python -m components.readme", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="change nothing; fail if a README is out of date"
    )
    options = parser.parse_args(arguments)
    return write_or_check(readmes, check=options.check, root=COMPONENTS.parent)


if __name__ == "__main__":
    sys.exit(main())
