"""Which needs lead to which categories, and who belongs where: the linked intents of a day as flat arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.intents.linking.nodes import CATEGORY, NEED, NO_NODE, Nodes
from airloom.intents.paths import normalize_label


class IntentLinks(NamedTuple):
    """The paths of content that name a need, and the category of each product.

    Attributes:
        nodes: All nodes.
        content_ids: string [L], the content item of each path.
        needs: int64 [L], the node of its need.
        categories: int64 [L], the node of the category that it leads to, -1 for none.
        confidences: float32 [L].
        product_ids: string [P], products with a category, ascending.
        product_categories: int64 [P], the node of each product's category.
    """

    nodes: Nodes
    content_ids: pa.Array
    needs: NDArray[np.int64]
    categories: NDArray[np.int64]
    confidences: NDArray[np.float32]
    product_ids: pa.Array
    product_categories: NDArray[np.int64]

    @classmethod
    def of(cls, nodes: Nodes, table: pa.Table) -> IntentLinks:
        """Return the links of linked objects: a path with a need is of content, one without of a product.

        Args:
            nodes: All nodes.
            table: Has the columns of `ObjectIntents.table`, sorted by object_id.
        """
        kinds = nodes.kinds
        lengths = table["lengths"].combine_chunks()
        owners = pc.list_parent_indices(lengths)
        flat_lengths = lengths.flatten().to_numpy()
        steps = table["nodes"].combine_chunks().flatten().to_numpy()
        path_of = np.repeat(np.arange(len(flat_lengths)), flat_lengths)
        needs = np.full(len(flat_lengths), NO_NODE, np.int64)
        categories = needs.copy()
        is_need, is_category = kinds[steps] == NEED, kinds[steps] == CATEGORY
        needs[path_of[is_need]] = steps[is_need]
        categories[path_of[is_category]] = steps[is_category]  # the last one of a path stays: the finest
        confidences = table["confidences"].combine_chunks().flatten().to_numpy()
        ids = table["object_id"].combine_chunks().take(owners)
        named = needs != NO_NODE
        products = np.flatnonzero(~named & (confidences == 1.0) & (categories != NO_NODE))
        return cls(
            nodes,
            ids.filter(pa.array(named)),
            needs[named],
            categories[named],
            confidences[named],
            ids.take(pa.array(products)),
            categories[products],
        )

    def categories_of(self, object_ids: pa.Array) -> NDArray[np.int64]:
        """Return the category node of each product, -1 without one; int64 [len(object_ids)]."""
        rows = pc.fill_null(pc.index_in(object_ids, value_set=self.product_ids), -1).to_numpy()
        return np.where(rows < 0, NO_NODE, np.append(self.product_categories, NO_NODE)[rows])

    def labels(self) -> pa.Array:
        """Return the normalized label of every node, string [N]."""
        return pa.array([normalize_label(label) for label in self.nodes.labels], pa.string())

    def label_paths(self) -> pa.Array:
        """Return the normalized labels from the root down to every node, list of string [N]."""
        paths: list[list[str]] = []  # a parent comes before its children
        for label, parent in zip(self.labels().to_pylist(), self.nodes.parents.tolist(), strict=True):
            paths.append([label] if parent == NO_NODE else [*paths[parent], label])
        return pa.array(paths, pa.list_(pa.string()))
