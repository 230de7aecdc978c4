"""Checks the reasons that a ranker gives on pages of the evaluation window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from airloom.ranking.air import AirRanker
from airloom.ranking.candidates.generation import Candidates
from airloom.ranking.reasons.faithfulness import Faithfulness
from airloom.ranking.reasons.reasons import PageExplainer, shown_reason
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.examples import Example

MAX_PAGES: Final = 300
"""Pages that are checked, those of the first orders with a history."""
PAGE_SIZE: Final = 10


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
        products = candidates.propose(example.history, example.now)
        ranking = air.rank(history=example.history, candidates=products, now=example.now)
        shown = np.argsort(-ranking.scores, kind="stable")[:PAGE_SIZE]
        reasons = explainer.explain(example.history, ranking, products, shown)
        for product, reason in zip(products[shown].tolist(), reasons, strict=True):
            checked.add(snapshot, shown_reason(snapshot, example.history, product, reason))
    return {
        "pages": len(pages),
        "products": checked.products,
        "true_chains": checked.true_share,
        "with_chain": checked.chain_share,
        "causes": checked.cause_shares,
    }
