"""Shows the doctests of docstrings as code: Markdown would read their output as text and links."""

from __future__ import annotations

import re
from typing import Any, Final

from griffe import Extension, Object

DOCTEST: Final = re.compile(r"^( *)>>> .*(?:\n\1\S.*)*", re.MULTILINE)
"""From a prompt to the next blank line."""


class DoctestsAsCode(Extension):
    """What mkdocstrings calls for each object that it has read; `mkdocs.yml` names this file."""

    def on_instance(self, *, obj: Object, **kwargs: Any) -> None:  # noqa: ARG002 - the names that griffe passes
        """Replace the docstring of an object."""
        if obj.docstring is not None:
            obj.docstring.value = fence_doctests(obj.docstring.value)


def fence_doctests(docstring: str) -> str:
    """Return the docstring with each doctest as a fenced block of code."""
    return DOCTEST.sub(lambda match: f"{match[1]}```python\n{match[0]}\n{match[1]}```", docstring)
