"""The one look of every Airloom report: a single HTML file that asks the network for nothing.

A page is made of sections; the body of a section is HTML joined from the helpers below, each of which escapes
what it is given.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK: Final = "#1f2328"
SOFT: Final = "#5d636b"
LINE: Final = "#e4e1d9"
SERIES: Final = ("#0b6e5f", "#c2571a", "#4a5fb0", "#a23b72", "#7b7f2a", "#6b7280")
"""Colours for plots. `figure` turns these, and no other, into the page's own, lighter in dark mode."""

_PAGE_COLOURS: Final = {
    INK: "currentColor",
    SOFT: "var(--soft)",
    LINE: "var(--line)",
    **{colour: f"var(--series-{number})" for number, colour in enumerate(SERIES, start=1)},
}
_STYLE: Final[dict[Any, Any]] = {
    "axes.axisbelow": True,
    "axes.edgecolor": LINE,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": SOFT,
    "axes.labelsize": 9.5,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "figure.figsize": (9.0, 3.6),
    "font.size": 9.5,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "savefig.facecolor": "none",
    "text.color": INK,
    "xtick.color": SOFT,
    "xtick.major.size": 0,
    "ytick.color": SOFT,
    "ytick.major.size": 0,
}
_NO_STORAGE: Final = """
for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, {value: {getItem: () => null, setItem() {}, removeItem() {}}});
"""
_TEMPLATES: Final = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)


class Section(NamedTuple):
    """A heading (plain text) and what stands under it (HTML from the helpers of this module)."""

    heading: str
    body: str


class Card(NamedTuple):
    """A number that a reader should see first: what it is, the value as text, and a word about it."""

    label: str
    value: str
    note: str = ""


class Link(NamedTuple):
    """A link with a sentence about what lies there."""

    label: str
    href: str
    note: str = ""


def page(*, title: str, summary: str, sections: Sequence[Section]) -> str:
    """A whole HTML document; `title` and `summary` are plain text, and the summary says the result."""
    return _TEMPLATES.get_template("page.html").render(title=title, summary=summary, sections=sections)


def prose(*paragraphs: str) -> str:
    """Plain text, one paragraph each."""
    return Markup("\n").join(Markup("<p>{}</p>").format(text) for text in paragraphs)


def callout(text: str, *, tone: str = "plain") -> str:
    """A sentence that must not be missed; `tone` is plain, good, warn or bad."""
    return Markup('<p class="callout {}">{}</p>').format(tone, text)


def code(text: str) -> str:
    """Text in a fixed-width block: commands, JSON."""
    return Markup("<pre><code>{}</code></pre>").format(text)


def cards(items: Sequence[Card | tuple[str, str, str]]) -> str:
    """Headline numbers side by side."""
    body = Markup("").join(
        Markup('<div><dt>{}</dt><dd class="value">{}</dd><dd class="note">{}</dd></div>').format(
            label, value, note
        )
        for label, value, note in items
    )
    return Markup('<dl class="cards">{}</dl>').format(body)


def links(items: Sequence[Link | tuple[str, str, str]]) -> str:
    """A list of places to go on to."""
    body = Markup("").join(
        Markup('<li><a href="{}">{}</a><span>{}</span></li>').format(href, label, note)
        for label, href, note in items
    )
    return Markup('<ul class="links">{}</ul>').format(body)


def link(label: str, href: str) -> str:
    """A link for a cell of a table."""
    return Markup('<a href="{}">{}</a>').format(href, label)


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, caption: str = "") -> str:
    """A table. Numbers get thousands separators and four significant digits, None a dash.

    A column whose values all read as numbers is aligned to the right.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    numeric = [all(map(_reads_as_number, column)) for column in zip(*cells, strict=True)]
    kinds = [
        Markup(' class="number"') if is_number else Markup("")
        for is_number in numeric or [False] * len(columns)
    ]
    head = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(kind, name)
        for kind, name in zip(kinds, columns, strict=True)
    )
    body = Markup("\n").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(
                Markup("<td{}>{}</td>").format(kind, cell) for kind, cell in zip(kinds, row, strict=True)
            )
        )
        for row in cells
    )
    title = Markup("<caption>{}</caption>").format(caption) if caption else ""
    return Markup(
        '<div class="scroll" tabindex="0" role="region" aria-label="{}"><table>{}'
        "<thead><tr>{}</tr></thead>\n<tbody>{}</tbody></table></div>"
    ).format(caption or "Table", title, head, body)


@contextmanager
def plot_style() -> Iterator[None]:
    """Matplotlib settings under which a figure fits the page: make the figure and its axes inside."""
    import matplotlib as mpl

    mpl.use("agg")
    with mpl.rc_context(_STYLE):
        yield


def figure(fig: Figure, *, alt: str, caption: str = "") -> str:
    """A matplotlib figure as inline SVG with text as text; equal figures give equal bytes.

    Args:
        fig: Drawn under `plot_style` with the colours of this module, so that it follows dark mode.
        alt: What the picture shows, for those who do not see it.
        caption: A line below the picture.
    """
    import matplotlib as mpl

    stream = io.StringIO()
    with mpl.rc_context({**_STYLE, "svg.fonttype": "none", "svg.hashsalt": alt}), warnings.catch_warnings():
        # The reader's browser draws the text, so glyphs that matplotlib's own font lacks are no fault.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        fig.savefig(
            stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    svg = stream.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    used = set(re.findall(r"#([\w-]+)", svg))
    # Several figures share a page: names that nothing refers to would only collide.
    svg = re.sub(r' id="([\w-]+)"', lambda found: found[0] if found[1] in used else "", svg)
    for colour, replacement in _PAGE_COLOURS.items():
        svg = svg.replace(colour, replacement)
    svg = svg.replace("<svg ", str(Markup('<svg role="img" aria-label="{}" ').format(alt)), 1)
    below = Markup("<figcaption>{}</figcaption>").format(caption) if caption else ""
    return Markup("<figure>{}{}</figure>").format(Markup(svg), below)  # noqa: S704 - made by matplotlib


def frame(html: str, *, title: str) -> str:
    """Another self-contained HTML document shown inside this one, without access to it.

    A sandbox forbids the browser's storage, which scripts read to remember a preference: they find it empty.
    """
    html = html.replace("<head>", f"<head><script>{_NO_STORAGE}</script>", 1)
    return Markup('<iframe sandbox="allow-scripts" title="{}" srcdoc="{}"></iframe>').format(title, html)


def _cell(value: object) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return number(value)
    return escape(value)


def number(value: float, *, digits: int = 4) -> str:
    """A number for people: `digits` significant digits, thousands separated, a dash for NaN."""
    if value != value:  # noqa: PLR0124 - NaN is not itself
        return "–"
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def _reads_as_number(text: str) -> bool:
    return re.match(r"^([+−-]?\W?\d|–$)", text) is not None
