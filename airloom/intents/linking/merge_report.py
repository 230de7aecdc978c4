"""The merge report: where every label leads and why, for a person to read and override (`merges.tsv`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.files import write_text
from airloom.intents.encoding import EmbeddingCache
from airloom.intents.linking.linked_labels import LinkedLabels
from airloom.intents.linking.need_nodes import Need, overridden_needs
from airloom.intents.linking.nodes import NO_NODE
from airloom.intents.linking.overrides import COLUMNS, DROP, NEED_LABEL, PRODUCT_TYPE, Overrides
from airloom.intents.linking.parsed_paths import Labels
from airloom.intents.linking.product_types import main_categories
from airloom.intents.linking.spreadsheet_cells import cell
from airloom.intents.linking.vocabulary import Vocabulary
from airloom.logs.lake import Lake

CATEGORY_LABEL: Final = "category"
OWN: Final = "own"
MERGED: Final = "merged"
OVERRIDE: Final = "override"

MERGE_REPORT_SCHEMA: Final = pa.schema(
    [
        *((name, pa.string()) for name in COLUMNS),
        ("parent", pa.string()),
        ("how", pa.string()),
        ("cosine", pa.float64()),
        ("share", pa.float64()),
        ("node", pa.int64()),
        ("paths", pa.int64()),
    ]
)
"""One row per name. The first three columns are those of the file of overrides.

- kind: `need`, `product type` (the last label of a path), or `category` (the merchant's, not to override).
- label: normalized; of a category the merchant's spelling.
- becomes: the need whose node the label leads to; the category, from the top down, that most of the paths
  with this product type lead to; `-` where a person dropped it.
- parent: the category above a need or category, from the top down; empty at a root.
- how: `own`, the node bears this name, or the labels spell a category; `merged` by the machine; `override`.
- cosine: of the merge; for a product type the mean over its paths; null unless `merged`.
- share: of what the paths with this product type lead to, how much is this category; null otherwise.
- node: null where a label leads nowhere.
- paths: paths in the present answers that use the name; for a category those that lead to it.
"""


def merge_report(
    labels: Sequence[Labels],
    linked: LinkedLabels,
    *,
    counts: NDArray[np.int64],
    vocabulary: Vocabulary,
    overrides: Overrides,
    cache: EmbeddingCache,
) -> pa.Table:
    """Return the report (`MERGE_REPORT_SCHEMA`): needs, then product types, then categories.

    Names that become the same stand together. A line of the overrides that is about no label that was ever
    named is reported too, with 0 paths.

    Args:
        labels: Sequences of labels, R of them.
        linked: What they mean.
        counts: int64 [R], paths of the present answers that have these labels.
        vocabulary: All names.
        overrides: What a person decided.
        cache: Encodes the names.
    """
    categories = vocabulary.categories()
    return pa.concat_tables(
        [
            _needs(linked, counts, categories, vocabulary, overrides, cache),
            _product_types(labels, linked, counts, categories, overrides),
            _categories(linked, counts, categories, vocabulary),
        ]
    )


def write_merge_report(lake: Lake, report: pa.Table) -> None:
    """Write the report as tab-separated UTF-8, whole or not at all; the same report gives the same bytes.

    A label that a spreadsheet would compute has an apostrophe before it, which `read_overrides` takes away.
    """
    columns = []
    for column in report.columns:
        texts = pc.fill_null(column.cast(pa.string()), "").to_pylist()
        columns.append(list(map(cell, texts)) if pa.types.is_string(column.type) else texts)
    lines = ["\t".join(row) for row in zip(*columns, strict=True)]
    text = "\n".join(["\t".join(report.column_names), *lines, ""])
    write_text(lake.path("intents", "merges.tsv"), text)


def _needs(
    linked: LinkedLabels,
    counts: NDArray[np.int64],
    categories: Mapping[int, str],
    vocabulary: Vocabulary,
    overrides: Overrides,
    cache: EmbeddingCache,
) -> pa.Table:
    uses: dict[Need, int] = defaultdict(int)
    for need, count in zip(linked.named, counts.tolist(), strict=True):
        if need is not None:
            uses[need] += count
    overridden = overridden_needs(vocabulary, overrides.needs)
    names = {(parent, label): node for parent, label, node in vocabulary.needs()}
    nodes = [overridden.get(need, node) for need, node in names.items()]
    keys = [DROP if node == NO_NODE else vocabulary[node].key for node in nodes]
    how = [
        OVERRIDE if need in overridden else OWN if need[1] == key else MERGED
        for need, key in zip(names, keys, strict=True)
    ]
    merged = np.array([why == MERGED for why in how], np.bool_)
    cosines = np.full(len(names), np.nan)
    cosines[merged] = np.einsum(
        "nd,nd->n",
        cache.encode([label for (_, label), why in zip(names, how, strict=True) if why == MERGED]),
        cache.encode([key for key, why in zip(keys, how, strict=True) if why == MERGED]),
    )
    in_vocabulary = {
        "label": [label for _, label in names],
        "becomes": keys,
        "parent": [categories.get(parent, "") for parent, _ in names],
        "how": how,
        "cosine": pa.array(cosines, from_pandas=True),
        "node": pa.array(nodes, mask=np.equal(nodes, NO_NODE)),
        "paths": [uses[need] for need in names],
    }
    unused = sorted(overrides.needs.keys() - {label for _, label in names})
    never_named = {
        "label": unused,
        "becomes": [overrides.needs[label] for label in unused],
        "how": [OVERRIDE] * len(unused),
        "paths": [0] * len(unused),
    }
    return _rows(NEED_LABEL, in_vocabulary, never_named)


def _product_types(
    labels: Sequence[Labels],
    linked: LinkedLabels,
    counts: NDArray[np.int64],
    categories: Mapping[int, str],
    overrides: Overrides,
) -> pa.Table:
    decided = overrides.category_nodes(categories)
    categories_of = main_categories(labels, linked, counts)
    automatic = categories_of.filter(
        pc.invert(pc.is_in(categories_of["label"], pa.array(decided, pa.string())))
    )
    uses: dict[str, int] = defaultdict(int)
    for path, count in zip(labels, counts.tolist(), strict=True):
        uses[path[-1]] += count
    merged = {
        **{name: automatic[name] for name in automatic.column_names},
        "becomes": [categories[node] for node in automatic["node"].to_pylist()],
        "how": pc.if_else(automatic["cosine"].is_valid(), MERGED, OWN),
    }
    nodes = list(decided.values())
    overridden = {
        "label": list(decided),
        "becomes": [categories.get(node, DROP) for node in nodes],
        "how": [OVERRIDE] * len(nodes),
        "node": pa.array(nodes, pa.int64(), mask=np.equal(nodes, NO_NODE)),
        "paths": [uses[label] for label in decided],
    }
    return _rows(PRODUCT_TYPE, merged, overridden)


def _categories(
    linked: LinkedLabels, counts: NDArray[np.int64], categories: Mapping[int, str], vocabulary: Vocabulary
) -> pa.Table:
    path, column = np.nonzero((counts[:, None] * linked.shares > 0) & (linked.categories != NO_NODE))
    nodes = np.array(list(categories), np.int64)
    uses = np.bincount(linked.categories[path, column], counts[path], minlength=nodes.max(initial=0) + 1)
    labels = [" ".join(vocabulary[node].label.split()) for node in categories]
    columns = {
        "label": labels,
        "becomes": labels,
        "parent": [categories.get(vocabulary[node].parent, "") for node in categories],
        "how": [OWN] * len(labels),
        "node": nodes,
        "paths": uses[nodes].astype(np.int64),
    }
    return _rows(CATEGORY_LABEL, columns)


def _rows(kind: str, *groups: Mapping[str, Any]) -> pa.Table:
    """Return groups of columns as rows of the report, sorted; columns that a group lacks are null."""
    tables = []
    for group in groups:
        columns = {"kind": [kind] * len(group["label"]), "parent": [""] * len(group["label"]), **group}
        nulls = pa.nulls(len(group["label"]))
        tables.append(
            pa.table(
                [columns.get(name, nulls) for name in MERGE_REPORT_SCHEMA.names], schema=MERGE_REPORT_SCHEMA
            )
        )
    rows = pa.concat_tables(tables)
    for name in ("cosine", "share"):  # so that the file does not depend on the order of a sum
        rows = rows.set_column(rows.column_names.index(name), name, pc.round(rows[name], 4))
    return rows.sort_by([("parent", "ascending"), ("becomes", "ascending"), ("label", "ascending")])
