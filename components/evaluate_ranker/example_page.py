"""The page that the user of an example would have seen, with the reason of each product."""

from __future__ import annotations

from typing import Final

import numpy as np

from airloom.ranking.air import AirRanker
from airloom.ranking.candidates.generation import Candidates
from airloom.ranking.reasons.reasons import Attribution, PageExplainer
from airloom.ranking.training.examples import Example

PAGE_SIZE: Final = 10


def example_page(
    air: AirRanker, example: Example, candidates: Candidates, explainer: PageExplainer
) -> list[tuple[int, Attribution]]:
    """Return the rows of the products that a user would have seen, best first, and why each is there."""
    products = candidates.propose(example.history, example.now)
    ranking = air.rank(history=example.history, candidates=products, now=example.now)
    shown = np.argsort(-ranking.scores, kind="stable")[:PAGE_SIZE]
    reasons = explainer.explain(example.history, ranking, products, shown)
    return list(zip(products[shown].tolist(), reasons, strict=True))
