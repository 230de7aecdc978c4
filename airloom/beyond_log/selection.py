"""Which proposals are kept: the rules, and the share that each rejects."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.beyond_log.behavior_source import Proposals
from airloom.beyond_log.settings import SelectionSettings
from airloom.csr import csr_take
from airloom.intents.linking.nodes import NO_NODE
from airloom.ranking.history import UserHistory
from airloom.ranking.snapshot import Snapshot

RULES: Final = ("few_samples", "not_on_sale", "in_history", "far_from_intents", "category_full", "limit")
"""In the order in which they are applied; a proposal is rejected by the first that it breaks."""


class Selected(NamedTuple):
    """The behaviors of one user.

    Attributes:
        products: int32 [N], rows of the snapshot, the largest weight first.
        weights: float32 [N], in (0, 1], discounted by popularity.
        rejected: int64 [6], proposals that each of `RULES` rejected.
    """

    products: NDArray[np.int32]
    weights: NDArray[np.float32]
    rejected: NDArray[np.int64]


class Selection:
    """Applies the rules over one snapshot.

    Args:
        snapshot: Its products, categories, titles and intents.
        settings: The rules.
    """

    def __init__(self, snapshot: Snapshot, settings: SelectionSettings | None = None) -> None:
        self.settings = settings or SelectionSettings()
        self._paths, self._texts = snapshot.paths, snapshot.texts
        objects = snapshot.objects
        self._leaves, self._on_sale = objects.leaves, objects.active & objects.is_product
        touched = objects.popularity[objects.popularity > 0]
        mean = float(touched.mean()) if len(touched) else 1.0
        discounts = (1 + objects.popularity / mean) ** -self.settings.popularity_exponent
        self._discounts = discounts.astype(np.float32)

    def select(self, proposals: Proposals, history: UserHistory) -> Selected:
        """Return what is kept for a user.

        Args:
            proposals: Of any source.
            history: The user's events that the proposals were made from.
        """
        settings, products = self.settings, proposals.products
        weights = proposals.weights * self._discounts[products]
        broken = np.zeros((len(RULES), len(products)), np.bool_)
        broken[0] = proposals.samples < settings.min_samples
        broken[1] = ~self._on_sale[products]
        broken[2] = np.isin(products, history.objects)
        open_rows = np.flatnonzero(~broken.any(axis=0))
        broken[3, open_rows] = self._similarity(products[open_rows], history) < settings.min_similarity
        order = np.lexsort((products, -weights))
        order = order[~broken[:, order].any(axis=0)]
        full = _rank_in_group(self._leaves[products[order]]) >= settings.max_per_category
        full &= self._leaves[products[order]] >= 0
        broken[4, order[full]] = True
        order = order[~full]
        broken[5, order[settings.limit :]] = True
        kept = order[: settings.limit]
        first = broken.argmax(axis=0)[broken.any(axis=0)]
        return Selected(products[kept], weights[kept], np.bincount(first, minlength=len(RULES)))

    def _similarity(self, products: NDArray[np.int32], history: UserHistory) -> NDArray[np.float32]:
        """Return the cosine of each product's title with the nearest node of the intent tree, float32 [n]."""
        rows, _ = csr_take(self._paths.offsets, np.unique(history.objects))
        nodes = np.unique(self._paths.nodes[rows])
        nodes = nodes[nodes != NO_NODE]
        if not len(nodes) or not len(products):
            return np.full(len(products), -1.0, np.float32)
        cosines = self._texts.objects[products] @ self._texts.nodes[nodes].T
        nearest: NDArray[np.float32] = cosines.max(axis=1)
        return nearest


def _rank_in_group(groups: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return how many earlier rows have the same group, int64 [n].

    >>> _rank_in_group(np.array([3, 5, 3, 3], np.int32)).tolist()
    [0, 0, 1, 2]
    """
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    ranks = np.empty(len(groups), np.int64)
    ranks[order] = np.arange(len(groups)) - np.searchsorted(ordered, ordered)
    return ranks
