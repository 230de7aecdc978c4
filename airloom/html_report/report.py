"""An HTML report as a whole: title, summary, sections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from markupsafe import Markup

from airloom.html_report.templating import environment

_BRAND: Final = Markup('<p class="brand">Airloom</p>')
_LINKED_BRAND: Final = Markup('<p class="brand"><a href="{}">← Airloom: all reports</a></p>')


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
    return template.render(title=title, summary=summary, sections=sections, brand=_BRAND)


def link_to_index(html: str, href: str) -> str:
    """Return a report with a link to the index of all reports at its head.

    A report by itself has none: where a cluster's UI shows it, there is no index.

    Args:
        html: What `render_report` returned.
        href: The index, relative to the report.

    Raises:
        ValueError: It is not a report.
    """
    if _BRAND not in html:
        raise ValueError("not a report of Airloom")
    return html.replace(_BRAND, _LINKED_BRAND.format(href), 1)
