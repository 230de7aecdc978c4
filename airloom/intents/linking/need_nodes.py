"""Where needs lead: what the vocabulary decides, and what a person makes of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from airloom.intents.linking.nodes import NO_NODE
from airloom.intents.linking.overrides import DROP
from airloom.intents.linking.vocabulary import Vocabulary

Need = tuple[int, str]
"""The node above a need, -1 for none, and the need's normalised label."""


def need_nodes(
    named: Iterable[Need | None], *, vocabulary: Vocabulary, becomes: Mapping[str, str]
) -> dict[Need, int]:
    """The node of every need, -1 where a person drops it.

    Args:
        named: Needs, known or new; `None` is left out.
        vocabulary: Grows by those that are new.
        becomes: `Overrides.needs`.
    """
    labels: dict[int, set[str]] = defaultdict(set)
    for need in named:
        if need is not None:
            labels[need[0]].add(need[1])
    nodes: dict[Need, int] = {}
    for parent in sorted(labels):
        found = vocabulary.add_needs(labels[parent], parent=parent)
        nodes |= {(parent, label): node for label, node in found.items()}
    return nodes | overridden_needs(vocabulary, becomes)


def overridden_needs(vocabulary: Vocabulary, becomes: Mapping[str, str]) -> dict[Need, int]:
    """Where the needs lead that a person overrides, -1 where they are dropped.

    A line about a need is also about every need that was merged into it, unless that has a line of its own.
    It holds under whatever parent the need stands, and what the need becomes is under that parent too.

    Args:
        vocabulary: Grows by the needs that others become.
        becomes: `Overrides.needs`.
    """
    ends: dict[Need, str] = {}
    goals: dict[int, set[str]] = defaultdict(set)
    for parent, label, node in vocabulary.needs() if becomes else ():
        end = becomes.get(label) or becomes.get(vocabulary[node].key)
        if end is not None:
            ends[parent, label] = end
        if end is not None and end != DROP:
            goals[parent].add(end)
            ends[parent, end] = end
    for parent in sorted(goals):
        vocabulary.add_needs(goals[parent], parent=parent)
    return {
        (parent, label): NO_NODE if end == DROP else vocabulary.set_apart(end, parent=parent)
        for (parent, label), end in ends.items()
    }
