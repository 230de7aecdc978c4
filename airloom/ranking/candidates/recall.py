"""Recall of candidate generation: the share of targets among the candidates, in all and by source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from airloom.errors import AirloomError
from airloom.ranking.candidates.generation import SOURCES, Candidates, Source, interleave
from airloom.ranking.training.examples import Example


class Recall(NamedTuple):
    """Shares of targets that were proposed, from 0 to 1.

    Attributes:
        union: With all sources.
        single: With one source only.
        without: With all sources but one; `union` minus this is what the source adds.
    """

    union: float
    single: dict[Source, float]
    without: dict[Source, float]


def recall(candidates: Candidates, examples: Sequence[Example]) -> Recall:
    """Return recall@limit of `candidates`; its settings decide the limit and the shares of the sources.

    Args:
        candidates: Proposes products.
        examples: Targets with the histories before them.

    Raises:
        AirloomError: There are no examples.
    """
    if not examples:
        raise AirloomError(
            "There are no examples to measure the recall of candidates on",
            do="Give more days of logs to evaluate on",
        )
    limit, count = candidates.settings.limit, len(SOURCES)
    shares = np.array([candidates.settings.shares[source] for source in SOURCES])
    one = np.eye(count, dtype=np.int64)
    mixes = [shares.tolist(), *one.tolist(), *(shares * (1 - one)).tolist()]
    hits = np.zeros(len(mixes))
    for example in examples:
        proposed = candidates.by_source(example.history, example.now)
        lists = [proposed[source] for source in SOURCES]
        hits += [example.target in interleave(lists, mix, limit=limit) for mix in mixes]
    union, *others = (hits / len(examples)).tolist()
    return Recall(
        union,
        dict(zip(SOURCES, others[:count], strict=True)),
        dict(zip(SOURCES, others[count:], strict=True)),
    )
