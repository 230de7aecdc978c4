"""Explained pages of a few users of the evaluation window, so that a reader sees what the ranker does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airloom.logs.contract import ACTIONS
from airloom.ranking.air import AirRanker
from airloom.ranking.candidates.generation import Candidates
from airloom.ranking.reasons.reasons import Attribution, PageExplainer
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.examples import Example
from components.evaluate_ranker.example_page import example_page

USERS: Final = 6
MAX_REASON_EVENTS: Final = 2


def explained_pages(
    air: AirRanker, examples: Sequence[Example], snapshot: Snapshot, candidates: Candidates
) -> dict[str, dict[str, Any]]:
    """Return by user id the pages that some users would have seen before their first order of the window.

    The users are evenly spread from short to long histories. A page calls its user by their number.

    Returns:
        `{"user", "events", "ordered", "position", "items"}` by user id: the title of what was ordered then,
        its position on the page or None, and of each product its title, its price, the cause, the chain and
        the events of its reason.
    """
    explainer = PageExplainer(snapshot)
    pages = {}
    for number, example in enumerate(_spread(examples), start=1):
        page = example_page(air, example, candidates, explainer)
        rows = [row for row, _ in page]
        pages[example.user_id] = {
            "user": f"User {number}",
            "events": len(example.history.objects),
            "ordered": _title(snapshot, example.target),
            "position": rows.index(example.target) + 1 if example.target in rows else None,
            "items": [_item(snapshot, example, row, reason) for row, reason in page],
        }
    return pages


def _spread(examples: Sequence[Example]) -> list[Example]:
    """Return the first order of each of a few users, the shortest history first."""
    first: dict[str, Example] = {}
    for example in examples:
        if example.history:
            first.setdefault(example.user_id, example)
    by_length = sorted(first.values(), key=lambda example: len(example.history.objects))
    chosen: NDArray[np.int64] = np.unique(np.linspace(0, len(by_length) - 1, USERS).astype(int))
    return [by_length[index] for index in chosen.tolist()] if by_length else []


def _item(snapshot: Snapshot, example: Example, row: int, reason: Attribution) -> dict[str, Any]:
    history, price = example.history, float(snapshot.objects.prices[row])
    return {
        "title": _title(snapshot, row),
        "price": None if np.isnan(price) else round(price, 2),
        "cause": reason.cause.value,
        "chain": [snapshot.nodes.labels[node] for node in reason.chain],
        "events": [
            f"{ACTIONS[history.actions[event]]}: {_title(snapshot, int(history.objects[event]))}"
            for event in reason.events[:MAX_REASON_EVENTS]
        ],
    }


def _title(snapshot: Snapshot, row: int) -> str:
    return snapshot.objects.titles[row] or snapshot.objects.ids[row]
