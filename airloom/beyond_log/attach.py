"""Examples whose histories carry inferred behaviors, for a ranker to learn from and be evaluated on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from airloom.beyond_log.behavior_source import BehaviorSource
from airloom.progress import progress
from airloom.ranking.inferred import InferredBehaviors
from airloom.ranking.training.examples import Example

CHUNK_SIZE: Final = 4096
"""Examples at once."""


def attach_behaviors(
    examples: Sequence[Example], source: BehaviorSource, *, chunk_size: int = CHUNK_SIZE
) -> list[Example]:
    """Return the same examples; the history of each carries what `source` infers from it.

    Only events before an example's moment are read. That the source itself has not learned from the examples
    is up to the caller: labels are given a generator of an earlier period, see `fit_by_period`.

    Args:
        examples: Objects are rows of the snapshot of `source`.
        source: Proposes behaviors. All are taken: rules are a part of the source, see `SelectedBehaviors`.
        chunk_size: Examples at once; the result does not depend on it.
    """
    attached: list[Example] = []
    for begin in progress(
        range(0, len(examples), chunk_size), what=f"{source.name} behaviors", unit="chunks"
    ):
        chunk = examples[begin : begin + chunk_size]
        histories = [example.history.before(example.now) for example in chunk]
        proposals = source.propose(
            [example.user_id for example in chunk], histories, max(example.now for example in chunk)
        )
        for example, proposed in zip(chunk, proposals, strict=True):
            inferred = InferredBehaviors(proposed.products, proposed.weights)
            attached.append(example._replace(history=example.history._replace(inferred=inferred)))
    return attached
