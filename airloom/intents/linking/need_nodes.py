"""Stage 3: the node of every need: what the vocabulary decides, and what a person overrides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from airloom.intents.linking.nodes import NO_NODE
from airloom.intents.linking.overrides import DROP
from airloom.intents.linking.vocabulary import Vocabulary

Need: TypeAlias = tuple[int, str]
"""The node above a need, -1 for none, and the need's normalized label."""


def need_nodes(
    needs: Iterable[Need | None], *, vocabulary: Vocabulary, becomes: Mapping[str, str]
) -> dict[Need, int]:
    """Return the node of every need, -1 where a person drops it.

    Args:
        needs: Known or new; `None` is left out.
        vocabulary: Grows by those that are new.
        becomes: `Overrides.needs`.
    """
    labels: dict[int, set[str]] = defaultdict(set)
    for need in needs:
        if need is not None:
            labels[need[0]].add(need[1])
    nodes: dict[Need, int] = {}
    for parent in sorted(labels):
        of_parent = vocabulary.add_needs(labels[parent], parent=parent)
        nodes |= {(parent, label): node for label, node in of_parent.items()}
    return nodes | overridden_needs(vocabulary, becomes)


def overridden_needs(vocabulary: Vocabulary, becomes: Mapping[str, str]) -> dict[Need, int]:
    """Return the nodes of the needs that a person overrides, -1 where they are dropped.

    A line about a need is also about every need that was merged into it, unless that has a line of its own.
    It holds under whatever parent the need stands, and what the need becomes is under that parent too.

    Args:
        vocabulary: Grows by the needs that others become.
        becomes: `Overrides.needs`.
    """
    targets: dict[Need, str] = {}
    new: dict[int, set[str]] = defaultdict(set)
    for parent, label, node in vocabulary.needs() if becomes else ():
        target = becomes.get(label) or becomes.get(vocabulary[node].key)
        if target is not None:
            targets[parent, label] = target
        if target is not None and target != DROP:
            new[parent].add(target)
            targets[parent, target] = target
    for parent in sorted(new):
        vocabulary.add_needs(new[parent], parent=parent)
    return {
        (parent, label): NO_NODE if target == DROP else vocabulary.separate_node(target, parent=parent)
        for (parent, label), target in targets.items()
    }
