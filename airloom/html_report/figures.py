"""Plots of reports: matplotlib figures as inline SVG whose colors follow the reader's dark mode."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from airloom.html_report.templating import block_macros

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK: Final = "#1f2328"
SOFT: Final = "#5d636b"
LINE: Final = "#e4e1d9"
SERIES: Final = ("#0b6e5f", "#c2571a", "#4a5fb0", "#a23b72", "#7b7f2a", "#6b7280")
"""Colors for plots. `figure` turns these, and no other, into the report's own, lighter in dark mode."""

_CSS_COLORS: Final = {
    INK: "currentColor",
    SOFT: "var(--soft)",
    LINE: "var(--line)",
    **{color: f"var(--series-{number})" for number, color in enumerate(SERIES, start=1)},
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


@contextmanager
def plot_style() -> Iterator[None]:
    """Apply matplotlib settings under which a figure fits a report: make the figure and its axes inside."""
    import matplotlib as mpl

    mpl.use("agg")
    with mpl.rc_context(_STYLE):
        yield


def figure(fig: Figure, *, alt: str, caption: str = "") -> str:
    """Return a matplotlib figure as inline SVG with text as text; equal figures give equal bytes.

    Args:
        fig: Drawn under `plot_style` with the colors of this module, so that it follows dark mode.
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
    # Several figures share a document: names that nothing refers to would only collide.
    svg = re.sub(r' id="([\w-]+)"', lambda match: match[0] if match[1] in used else "", svg)
    for color, replacement in _CSS_COLORS.items():
        svg = svg.replace(color, replacement)
    svg = svg.replace("<svg ", str(Markup('<svg role="img" aria-label="{}" ').format(alt)), 1)
    # matplotlib made the picture and escaped its texts
    return Markup(block_macros().figure(Markup(svg), caption))  # noqa: S704
