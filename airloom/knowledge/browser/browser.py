"""The card browser: search products, read their claims, and see every product that a value is claimed of."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa
from markupsafe import Markup

from airloom.files import write_text
from airloom.html_report.blocks import table
from airloom.html_report.report import Section, render_report
from airloom.html_report.templating import templates_in
from airloom.knowledge.claims import Claim, Relation, cards_in
from airloom.llm.prompt import visible

MAX_BYTES: Final = 6_000_000
"""Bytes of JSON of all cards together; cards that come later are left out."""
MAX_TITLE_LENGTH: Final = 300
_TEMPLATES: Final = templates_in(Path(__file__).parent)


class ShownCards(NamedTuple):
    """The cards of the page.

    Attributes:
        json: For a script element: it has no `<`.
        number: How many.
    """

    json: str
    number: int


def write_card_browser(claims: pa.Table, titles: pa.Table, output: Path) -> Path:
    """Write the card browser; its size is bounded, and it says what it leaves out.

    Args:
        claims: `CLAIMS`, sorted.
        titles: object_id and title of the products.
        output: The HTML file.

    Returns:
        The file.
    """
    cards = cards_in(claims)
    title_of = dict(zip(titles["object_id"].to_pylist(), titles["title"].to_pylist(), strict=True))
    shown = shown_cards(cards.items(), title_of)
    left_out = "" if shown.number == len(cards) else ", the first by id; the table below counts all"
    note = f"Here are {shown.number:,} of {len(cards):,} cards{left_out}."
    page = _TEMPLATES.get_template("cards.html")
    search = page.render(note=note, data=Markup(shown.json))  # noqa: S704 - it has no "<"
    sections = [Section("Search", Markup(search)), Section("Claims", _counts(claims))]  # noqa: S704 - escaped
    summary = "What is known about products: every claim with who says so and how sure it is."
    write_text(output, render_report(title="Knowledge cards", summary=summary, sections=sections))
    return output


def shown_cards(cards: Iterable[tuple[str, list[Claim]]], titles: dict[str, str]) -> ShownCards:
    """Return as many cards as fit, as JSON."""
    written: list[str] = []
    size = 0
    for object_id, claims in cards:
        title = visible(titles.get(object_id, ""), MAX_TITLE_LENGTH)
        card = {"id": object_id, "title": title, "claims": [_shown(claim) for claim in claims]}
        text = json.dumps(card, ensure_ascii=False, separators=(",", ":"))
        size += len(text.encode())
        if size > MAX_BYTES:
            break
        written.append(text)
    return ShownCards(f"[{','.join(written)}]".replace("<", "\\u003c"), len(written))


def _shown(claim: Claim) -> list[Any]:
    sure = round(claim.confidence, 2)
    return [claim.relation.value, claim.value, claim.source, sure, claim.support, list(claim.node_path)]


def _counts(claims: pa.Table) -> str:
    """Return the table of claims and distinct values by relation and source."""
    counted = claims.group_by(["relation", "source"]).aggregate(
        [("object_id", "count"), ("object_id", "count_distinct"), ("value", "count_distinct")]
    )
    rows: dict[str, list[list[object]]] = defaultdict(list)
    for row in counted.sort_by("source").to_pylist():
        rows[row["relation"]].append(
            [
                row["relation"].replace("_", " "),
                row["source"],
                row["object_id_count"],
                row["object_id_count_distinct"],
                row["value_count_distinct"],
            ]
        )
    ordered = [row for relation in Relation for row in rows.get(relation.value, [])]
    return table(["relation", "source", "claims", "products", "different values"], ordered)
