"""Whether reasons are true: checked against the paths of the shown events, not against how they were made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from airloom.intents.linking.nodes import CATEGORY, NO_NODE
from airloom.ranking.snapshot import Snapshot


class ShownReason(NamedTuple):
    """A reason as a reader sees it.

    Attributes:
        cause: What it names as the cause.
        chain: Labels, coarse to fine.
        event_objects: Ids of what the shown events were about.
    """

    cause: str
    chain: Sequence[str]
    event_objects: Sequence[str]


@dataclass
class Faithfulness:
    """Counts of checked reasons.

    Attributes:
        products: Shown products, one reason each.
        chains: Those whose reason has a chain.
        true_chains: Those whose chain is a path of every shown event, of which there is at least one.
        causes: How often each cause was named.
    """

    products: int = 0
    chains: int = 0
    true_chains: int = 0
    causes: dict[str, int] = field(default_factory=dict)

    @property
    def chain_share(self) -> float:
        """The share of products whose reason has a true chain."""
        return self.true_chains / self.products if self.products else 0.0

    @property
    def true_share(self) -> float | None:
        """The share of chains that are true; None without a chain."""
        return self.true_chains / self.chains if self.chains else None

    @property
    def cause_shares(self) -> dict[str, float]:
        """The share of products by cause, the most frequent first."""
        counts = sorted(self.causes.items(), key=lambda pair: (-pair[1], pair[0]))
        return {cause: count / self.products for cause, count in counts}

    @classmethod
    def total(cls, counts: Iterable[Mapping[str, Any]]) -> Faithfulness:
        """Return the sum of counts that were stored with `dataclasses.asdict`."""
        total = cls()
        for part in counts:
            total.products += part["products"]
            total.chains += part["chains"]
            total.true_chains += part["true_chains"]
            for cause, count in part["causes"].items():
                total.causes[cause] = total.causes.get(cause, 0) + count
        return total

    def add(self, snapshot: Snapshot, reason: ShownReason) -> None:
        """Check one more reason."""
        self.products += 1
        self.causes[reason.cause] = self.causes.get(reason.cause, 0) + 1
        if reason.chain:
            self.chains += 1
            self.true_chains += is_true_chain(snapshot, reason.chain, reason.event_objects)


def is_true_chain(snapshot: Snapshot, chain: Sequence[str], event_objects: Sequence[str]) -> bool:
    """Whether every shown event has the chain as a path, and there is at least one.

    An object has a chain if one of its intent paths in the snapshot, with or without its need, begins with
    the labels of the chain, of which the last is a category.

    Args:
        snapshot: The one that the page was made with.
        chain: Labels, coarse to fine.
        event_objects: Ids of what the shown events were about.
    """
    return bool(event_objects) and all(_has(snapshot, object_id, list(chain)) for object_id in event_objects)


def _has(snapshot: Snapshot, object_id: str, chain: list[str]) -> bool:
    row = snapshot.index.get(object_id)
    if row is None:
        return False
    nodes, paths = snapshot.nodes, snapshot.paths
    for path in paths.nodes[paths.offsets[row] : paths.offsets[row + 1]].tolist():
        whole = [node for node in path if node != NO_NODE]
        categories = [node for node in whole if nodes.kinds[node] == CATEGORY]
        for walk in (whole, categories):
            beginning = walk[: len(chain)]
            if [nodes.labels[node] for node in beginning] == chain and nodes.kinds[beginning[-1]] == CATEGORY:
                return True
    return False
