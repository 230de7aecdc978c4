"""Whether reasons are true: checked against the paths of events and products."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from airloom.intents.linking.nodes import CATEGORY, NO_NODE
from airloom.ranking.snapshot import Snapshot


class ShownReason(NamedTuple):
    """A reason as a reader sees it.

    Attributes:
        product: Id of the product that is shown.
        cause: What it names as the cause.
        chain: Labels, coarse to fine.
        event_objects: Ids of what the shown events were about.
    """

    product: str
    cause: str
    chain: Sequence[str]
    event_objects: Sequence[str]


@dataclass
class Faithfulness:
    """Counts of checked reasons.

    Attributes:
        products: Shown products, one reason each.
        chains: Those whose reason has a chain.
        true_chains: Those whose chain is a path of every shown event, of which there is at least one, and
            ends at a category of the product.
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
            self.true_chains += is_true_chain(snapshot, reason)


def is_true_chain(snapshot: Snapshot, reason: ShownReason) -> bool:
    """Whether every shown event has the chain as a path to the product, and there is at least one event.

    An object has a chain to a product if the labels are those of one of its intent paths in the snapshot, or
    of the first of the path's categories, and the last of them is a category of the product.

    Args:
        snapshot: The one that the page was made with.
        reason: Has a chain.
    """
    product = snapshot.index.get(reason.product)
    if product is None:
        return False
    categories = snapshot.nodes.path_to(int(snapshot.objects.leaves[product]))
    return bool(reason.event_objects) and all(
        _has(snapshot, object_id, list(reason.chain), categories) for object_id in reason.event_objects
    )


def _has(snapshot: Snapshot, object_id: str, chain: list[str], categories: Sequence[int]) -> bool:
    row = snapshot.index.get(object_id)
    if row is None:
        return False
    nodes, paths = snapshot.nodes, snapshot.paths
    for path in paths.nodes[paths.offsets[row] : paths.offsets[row + 1]].tolist():
        whole = [node for node in path if node != NO_NODE]
        beginning = [node for node in whole if nodes.kinds[node] == CATEGORY][: len(chain)]
        for walk in (whole, beginning):
            if [nodes.labels[node] for node in walk] == chain and walk[-1] in categories:
                return True
    return False
