"""An HTML report as a whole: title, summary, sections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from airloom.html_report.templating import environment


class Section(NamedTuple):
    """A heading (plain text) and what stands under it (HTML from `airloom.html_report.blocks`)."""

    heading: str
    body: str


def render_report(*, title: str, summary: str, sections: Sequence[Section]) -> str:
    """Return a whole HTML document.

    Args:
        title: Plain text.
        summary: Plain text that says the result.
        sections: From top to bottom; a document of more than two lists them in a navigation bar.
    """
    template = environment().get_template("report.html")
    return template.render(title=title, summary=summary, sections=sections)
