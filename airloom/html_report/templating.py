"""The templates of reports: Jinja with autoescape on, so that a title from a log never becomes markup."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined


@cache
def environment() -> Environment:
    """Return the environment that holds the templates of this package."""
    templates = Environment(
        loader=PackageLoader("airloom.html_report"), autoescape=True, undefined=StrictUndefined
    )
    templates.globals["zip"] = zip
    return templates


@cache
def templates_in(folder: Path) -> Environment:
    """Return the environment of templates in a folder, which may include those of this package."""
    both = ChoiceLoader([FileSystemLoader(folder), PackageLoader("airloom.html_report")])
    return Environment(loader=both, autoescape=True)


@cache
def block_macros() -> Any:
    """Return `blocks.html` as a module: one function a macro, each of which returns Markup."""
    return environment().get_template("blocks.html").module
