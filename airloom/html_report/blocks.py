"""What stands in a section of a report: text, cards, links, tables, frames.

Every function takes plain text and returns HTML in which that text is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from markupsafe import Markup, escape

from airloom.html_report.numbers import format_number
from airloom.html_report.templating import block_macros

_NO_STORAGE: Final = """
for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, {value: {getItem: () => null, setItem() {}, removeItem() {}}});
"""
_NUMBER_CLASS: Final = Markup(' class="number"')
_NUMBER: Final = re.compile(r"[+−-]?\W?\d|–$")


class Card(NamedTuple):
    """A number that a reader should see first: what it is, the value as text, and a note about it."""

    label: str
    value: str
    note: str = ""


class Link(NamedTuple):
    """A link with a sentence about its target."""

    label: str
    href: str
    note: str = ""


class Term(NamedTuple):
    """A word that not every reader knows, and what it means in one sentence."""

    name: str
    meaning: str


class _Column(NamedTuple):
    """The head of a column and the attributes of all its cells."""

    name: str
    attributes: str


def prose(*paragraphs: str) -> str:
    """Return plain text as paragraphs.

    >>> print(prose("1 < 2"))
    <p>1 &lt; 2</p>
    """
    return _markup(block_macros().prose(paragraphs))


def callout(text: str, *, tone: str = "plain") -> str:
    """Return a sentence that must not be missed; `tone` is plain, good, warn or bad."""
    return _markup(block_macros().callout(text, tone))


def code(text: str) -> str:
    """Return text in a fixed-width block: commands, JSON."""
    return _markup(block_macros().code(text))


def cards(items: Sequence[Card | tuple[str, str, str]]) -> str:
    """Return headline numbers side by side."""
    return _markup(block_macros().cards([Card(*item) for item in items]))


def links(items: Sequence[Link | tuple[str, str, str]]) -> str:
    """Return a list of links with their notes."""
    return _markup(block_macros().links([Link(*item) for item in items]))


def link(label: str, href: str) -> str:
    """Return a link for a cell of a table."""
    return _markup(block_macros().link(label, href))


def term(word: Term) -> str:
    """Return a term for a card, a column or a cell; a mouse over it shows the meaning.

    Fingers and paper show no such thing: name the term in `terms` below, too.
    """
    return _markup(block_macros().term(word))


def terms(words: Sequence[Term | tuple[str, str]]) -> str:
    """Return terms with their meanings, to stand below what uses them."""
    return _markup(block_macros().terms([Term(*word) for word in words]))


def details(summary: str, body: str, *, opened: bool = False) -> str:
    """Return HTML from this module that a reader opens when needed, and that paper shows opened."""
    return _markup(block_macros().details(summary, Markup(body), opened))  # noqa: S704 - made by this module


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, caption: str = "") -> str:
    """Return a table. Numbers get thousands separators and four significant digits, None a dash.

    A column whose values all read as numbers is aligned to the right.

    Raises:
        ValueError: A row has another length than `columns`.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    heads = [
        _Column(name, _NUMBER_CLASS if values and all(map(_NUMBER.match, values)) else Markup(""))
        for name, *values in zip(columns, *cells, strict=True)
    ]
    return _markup(block_macros().table(heads, cells, caption))


def frame(html: str, *, title: str) -> str:
    """Return another self-contained HTML document shown inside this one, without access to it.

    A sandbox forbids the browser's storage, which scripts read to remember a preference: they find it empty.
    """
    html = html.replace("<head>", f"<head><script>{_NO_STORAGE}</script>", 1)
    return _markup(block_macros().frame(html, title))


def _cell(value: object) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return format_number(value)
    return escape(value)


def _markup(rendered: str) -> Markup:
    """Return a macro's result as what it is: Jinja's types are not annotated."""
    return Markup(rendered)  # noqa: S704 - an autoescaped template made it
