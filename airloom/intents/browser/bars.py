"""A picture of where the weight lies: a bar a section, cut into its categories, and these into theirs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from markupsafe import Markup

from airloom.html_report.numbers import format_number
from airloom.html_report.templating import templates_in
from airloom.intents.browser.weights import Weights
from airloom.intents.linking.nodes import CATEGORY, NO_NODE, Nodes

TEMPLATES: Final = templates_in(Path(__file__).parent)

_SECTIONS: Final = 24
_PARTS: Final = 12
"""The largest categories are drawn: this many per section, and per category of a section."""


class Part(NamedTuple):
    """One piece of a bar: a category, its share of the bar, and the pieces it is cut into."""

    node: int
    label: str
    note: str
    grow: float
    parts: Sequence[Part] = ()


def bars(nodes: Nodes, weights: Weights) -> str:
    """Return the largest sections by the summed confidence of the content that leads there; may be empty."""
    sections = _largest(NO_NODE, nodes, weights, most=_SECTIONS)
    if not sections:
        return ""
    longest = weights.confidence[sections[0]]
    drawn = [
        {
            **_part(section, nodes, weights)._asdict(),
            "width": round(100 * float(weights.confidence[section] / longest), 2),
            "parts": [
                _part(middle, nodes, weights)._replace(
                    parts=[
                        _part(leaf, nodes, weights) for leaf in _largest(middle, nodes, weights, most=_PARTS)
                    ]
                )
                for middle in _largest(section, nodes, weights, most=_PARTS)
            ]
            or [_part(section, nodes, weights)],
        }
        for section in sections
    ]
    return Markup(TEMPLATES.get_template("bars.html").render(sections=drawn))  # noqa: S704 - escapes


def _largest(above: int, nodes: Nodes, weights: Weights, *, most: int) -> list[int]:
    below = np.flatnonzero((nodes.parents == above) & (nodes.kinds == CATEGORY) & (weights.confidence > 0))
    order = np.argsort(-weights.confidence[below], kind="stable")
    largest: list[int] = below[order][:most].tolist()
    return largest


def _part(node: int, nodes: Nodes, weights: Weights) -> Part:
    confidence = float(weights.confidence[node])
    note = f"{format_number(confidence)} from {weights.content[node]:,} content"
    return Part(node, nodes.labels[node], note, round(confidence, 3))
