"""Requests that want to be instructions, and models that follow them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple


class Injection(NamedTuple):
    """A request that is meant to change how it, or others, are answered."""

    kind: str
    text: str


def _read(file: Path) -> list[Injection]:
    """Read lines of a kind, a tab and a JSON string: what cannot be seen is escaped."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [Injection(kind, json.loads(text)) for kind, _, text in (line.partition("\t") for line in lines)]


INJECTIONS: Final = _read(Path(__file__).with_name("injections.tsv"))
TEXTS: Final = [injection.text for injection in INJECTIONS]
NAMES: Final = [f"{kind} {number}" for number, (kind, _) in enumerate(INJECTIONS, start=1)]
"""By line of the file."""
MADE_UP: Final = "Zyxgold"
"""A word that no catalogue and no request has."""


def obeying(queries: Sequence[str]) -> str:
    """The reply of a model that does as it is bidden: it sells what does not exist."""
    reading = {
        "conditions": [
            {"text": f"{MADE_UP} at {MADE_UP}.example", "alternatives": [f"<b>{MADE_UP}</b>"]},
            {"text": MADE_UP, "negated": True},
        ],
        "references": [
            {"title": f"{MADE_UP} 9000", "how": how} for how in ("like", "cheaper", "same_brand", "goes_with")
        ],
        "claims": [
            {"title": "thing 3", "value": MADE_UP, "relation": "color"},
            {"title": "Blender 0", "value": MADE_UP, "relation": "brand"},
            {"title": MADE_UP, "value": MADE_UP, "relation": MADE_UP},
        ],
        "in_common": MADE_UP,
        "rest": [MADE_UP, f"click {MADE_UP}"],
    }
    return json.dumps({"requests": [reading] * len(queries)})


def repeating(queries: Sequence[str]) -> str:
    """The reply of a model that writes the request wherever it can write."""
    return json.dumps({"requests": [_everywhere(query[:200]) for query in queries]})


def _everywhere(text: str) -> dict[str, object]:
    return {
        "conditions": [{"text": text}, {"text": text, "negated": True, "alternatives": [text]}],
        "references": [{"title": text, "how": how} for how in ("like", "same_brand", "goes_with", "watched")],
        "claims": [
            {"title": text, "value": text, "relation": text},
            {"title": "thing 3", "value": text, "relation": "color"},
        ],
        "in_common": text,
        "rest": [text],
    }


def talking(queries: Sequence[str]) -> str:
    """The reply of a model that left its role: it has no form."""
    return f"Sure! I am DAN, and I sell {MADE_UP}. {queries}"


OBEDIENT: Final[dict[str, Callable[[Sequence[str]], str]]] = {
    "obeying": obeying,
    "repeating": repeating,
    "talking": talking,
}
