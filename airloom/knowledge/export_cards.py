"""Writes cards as JSON Lines, for other tools."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa

from airloom.files import write_text
from airloom.knowledge.claims import cards_in


def export_cards(claims: pa.Table, output: Path) -> int:
    """Write one JSON object a product: its id and its claims, and return how many.

    Args:
        claims: `CLAIMS`, sorted.
        output: The file; written whole or not at all.

    Raises:
        AirloomError: The file may not be written.
    """
    cards = cards_in(claims)
    lines = [
        json.dumps({"id": id_, "claims": [claim._asdict() for claim in own]}, ensure_ascii=False)
        for id_, own in cards.items()
    ]
    write_text(output, "".join(f"{line}\n" for line in lines))
    return len(lines)
