"""A snapshot made from tables: object features, statistics and nodes in one row order."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.intents.linking.nodes import CATEGORY, MAX_DEPTH, NO_NODE, Nodes
from airloom.logs.contract import COMMERCE
from airloom.ranking.snapshot import NO_CARDS, Neighbors, ObjectPaths, Objects, Snapshot
from airloom.ranking.texts import Texts
from airloom.timestamps import EpochSeconds


def assemble(
    *,
    nodes: Nodes,
    profiles: pa.Table,
    intents: pa.Table,
    popularity: pa.Table,
    neighbors: pa.Table,
    before: EpochSeconds,
    versions: Mapping[str, str],
    cards: pa.Table | None = None,
) -> Snapshot:
    """Return a snapshot of the objects in `profiles`; other objects are left out of every table.

    Args:
        nodes: The node table that the intents' ids refer to.
        profiles: One row for each object: object_id, domain, title, price, stock (int64, -1 where unknown),
            published_at and retired_at (int64 seconds, -1 where unknown), embedding (list of float32).
        intents: One row for each object: object_id, nodes, lengths, confidences (lists, paths back to back).
        popularity: object_id, popularity.
        neighbors: object_id, neighbor_id, weight; by object_id, strongest first.
        before: The moment at which products are on sale or not; nothing from then on is inside.
        versions: What the snapshot was made from.
        cards: object_id and embedding (list of float32) of title and card; None for a snapshot without.
    """
    profiles = profiles.sort_by("object_id").combine_chunks()
    ids = profiles["object_id"].combine_chunks()
    paths = _paths(_aligned(intents, ids))
    is_product = pc.equal(profiles["domain"], COMMERCE).to_numpy()
    published, retired, stock = (
        profiles[name].to_numpy() for name in ("published_at", "retired_at", "stock")
    )
    on_sale = (published <= before) & ((retired < 0) | (before < retired)) & (stock != 0)
    popularity_column = _aligned(popularity, ids)["popularity"]
    embeddings = _matrix(profiles["embedding"], nodes.embeddings.shape[1])
    objects = Objects(
        ids=ids.to_pylist(),
        titles=profiles["title"].fill_null("").to_pylist(),
        is_product=is_product,
        active=is_product & on_sale,
        leaves=_leaves(paths, is_product, nodes),
        prices=profiles["price"].fill_null(np.nan).to_numpy().astype(np.float32),
        popularity=popularity_column.fill_null(0.0).to_numpy().astype(np.float32),
        embeddings=embeddings,
        card_embeddings=NO_CARDS if cards is None else _with_cards(embeddings, _aligned(cards, ids)),
    )
    texts = Texts.of(embeddings, nodes.embeddings)
    return Snapshot(nodes, objects, texts, paths, _neighbors(neighbors, ids), before, dict(versions))


def _aligned(table: pa.Table, ids: pa.Array) -> pa.Table:
    """Return one row for each of `ids`; null where `table` has no such row."""
    rows = pc.index_in(ids, value_set=table["object_id"].combine_chunks())
    return table.take(rows).combine_chunks()


def _paths(intents: pa.Table) -> ObjectPaths:
    lengths = intents["lengths"].combine_chunks()
    counts = pc.fill_null(pc.list_value_length(lengths), 0).to_numpy()
    sizes = lengths.flatten().to_numpy().astype(np.int64)
    flat = intents["nodes"].combine_chunks().flatten().to_numpy()
    rows = np.repeat(np.arange(len(sizes)), sizes)
    depths = np.arange(len(flat)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    nodes = np.full((len(sizes), MAX_DEPTH), NO_NODE, np.int32)
    nodes[rows, depths] = flat
    confidences = intents["confidences"].combine_chunks().flatten().to_numpy()
    return ObjectPaths(_offsets(counts), nodes, confidences.astype(np.float32))


def _leaves(paths: ObjectPaths, is_product: NDArray[np.bool_], nodes: Nodes) -> NDArray[np.int32]:
    """Return the last node of a product's first path, if it is a category."""
    leaves = np.full(len(is_product), NO_NODE, np.int32)
    owners = np.flatnonzero(is_product & (np.diff(paths.offsets) > 0))
    first = paths.nodes[paths.offsets[owners]]
    last = first[np.arange(len(owners)), (first != NO_NODE).sum(axis=1) - 1]
    leaves[owners] = np.where((last != NO_NODE) & (nodes.kinds[last] == CATEGORY), last, NO_NODE)
    return leaves


def _matrix(vectors: pa.ChunkedArray, dimension: int) -> NDArray[np.float32]:
    """Return lists as float32 [rows, dimension]; zero where the list is empty or null."""
    matrix = np.zeros((len(vectors), dimension), np.float32)
    column = vectors.combine_chunks()
    filled = pc.fill_null(pc.equal(pc.list_value_length(column), dimension), fill_value=False)
    matrix[filled.to_numpy(zero_copy_only=False)] = (
        column.filter(filled).flatten().to_numpy().reshape(-1, dimension)
    )
    return matrix


def _with_cards(titles: NDArray[np.float32], cards: pa.Table) -> NDArray[np.float32]:
    """Return the rows of `cards`, and those of `titles` where there is none."""
    there = cards["embedding"].combine_chunks().is_valid().to_numpy(zero_copy_only=False)
    return np.where(there[:, None], _matrix(cards["embedding"], titles.shape[1]), titles)


def _neighbors(table: pa.Table, ids: pa.Array) -> Neighbors:
    sources = pc.index_in(table["object_id"], value_set=ids).combine_chunks()
    targets = pc.index_in(table["neighbor_id"], value_set=ids).combine_chunks()
    in_snapshot = pc.and_(sources.is_valid(), targets.is_valid())
    rows = sources.filter(in_snapshot).to_numpy()
    return Neighbors(
        _offsets(np.bincount(rows, minlength=len(ids))),
        targets.filter(in_snapshot).to_numpy().astype(np.int32),
        table["weight"].combine_chunks().filter(in_snapshot).to_numpy().astype(np.float32),
    )


def _offsets(counts: NDArray[np.integer]) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
