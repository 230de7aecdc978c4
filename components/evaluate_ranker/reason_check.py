"""Checks the reasons that a ranker gives on pages of the evaluation window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from airloom.ranking.air import AirRanker
from airloom.ranking.candidates.generation import Candidates
from airloom.ranking.reasons.faithfulness import Faithfulness
from airloom.ranking.reasons.reasons import PageExplainer, shown_reason
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.examples import Example
from components.evaluate_ranker.example_page import example_page

MAX_PAGES: Final = 300
"""Pages that are checked, those of the first orders with a history."""


def check_reasons(
    air: AirRanker, examples: Sequence[Example], snapshot: Snapshot, candidates: Candidates
) -> dict[str, Any]:
    """Return how true the reasons are of the pages that the users of some orders would have seen before them.

    Returns:
        `{"pages", "products", "true_chains", "with_chain", "causes": {cause: share}}`; the shares of
        `airloom.ranking.reasons.faithfulness.Faithfulness`.
    """
    explainer, checked = PageExplainer(snapshot), Faithfulness()
    pages = [example for example in examples if example.history][:MAX_PAGES]
    for example in pages:
        for product, reason in example_page(air, example, candidates, explainer):
            checked.add(snapshot, shown_reason(snapshot, example.history, product, reason))
    return {
        "pages": len(pages),
        "products": checked.products,
        "true_chains": checked.true_share,
        "with_chain": checked.chain_share,
        "causes": checked.cause_shares,
    }
