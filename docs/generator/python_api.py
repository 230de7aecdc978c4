"""Pages of the Python API: one for each package, with the docstrings of its modules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGES: Final = ("airloom", "model_service/api")
"""Packages whose modules are all public, but those that begin with an underscore."""

MODULES: Final = ("model_service.client",)
"""Public modules of packages that are not."""


def python_api_pages() -> dict[str, str]:
    """Return the Markdown of each page by its path below `docs/`."""
    pages: dict[str, list[str]] = {}
    for package in PACKAGES:
        for module in _modules(package):
            head, *rest = module.split(".")
            page = f"{head}.{rest[0]}" if len(rest) > 1 else head
            pages.setdefault(page, []).append(module)
    for module in MODULES:
        pages[module] = [module]
    return {
        f"reference/python/{page}.md": f"# `{page}`\n\n" + "".join(f"::: {module}\n\n" for module in modules)
        for page, modules in sorted(pages.items())
    }


def _modules(package: str) -> Iterator[str]:
    for file in sorted((ROOT / package).rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        if not any(part.startswith("_") for part in parts):
            yield ".".join(parts)
