"""The read-only tables that ranking needs, in memory-mapped arrays, addressed by the digest of their content.

A snapshot knows nodes, objects with their intent paths, and item-to-item neighbors. It does not know users.
Training reads one that ends before its labels; the service holds the newest one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from airloom.errors import AirloomError
from airloom.intents.linking.nodes import Nodes
from airloom.ranking.attribute_graph import NO_ATTRIBUTES, AttributeGraph
from airloom.ranking.history import ACTION_CODE, UserHistory
from airloom.ranking.inferred import InferredBehaviors
from airloom.ranking.snapshot_cache import SnapshotCache
from airloom.ranking.snapshot_files import (
    content_digest,
    has_array,
    has_table,
    mapped_array,
    mapped_table,
    read_manifest,
    write_snapshot_files,
)
from airloom.ranking.snapshot_verification import is_verified, note_verified
from airloom.ranking.texts import Texts
from airloom.timestamps import EpochSeconds

CARDS: Final = "card_embeddings"
VALUES: Final = "values"
ALIASES: Final = "value_aliases"
CURRENCY: Final = "currency"
NO_CARDS: Final = np.empty((0, 0), np.float32)


class Objects(NamedTuple):
    """Every content item and product, sorted by id; an object's row is its index here.

    Attributes:
        ids: One for each object, ascending.
        titles: One for each object.
        is_product: bool [O].
        active: bool [O], a product that may be shown: published, not retired, not known to be out of stock.
        leaves: int32 [O], the node id of a product's leaf category, -1 for content or without one.
        prices: float32 [O], NaN where unknown.
        popularity: float32 [O], decayed count of purchases, carts and clicks (see `popularity`).
        embeddings: float32 [O, D], unit-length embedding of the title; zero where there is no title.
        card_embeddings: float32 [O, D], unit-length embedding of title and knowledge card as one text, of the
            title alone where there is no card; [0, 0] in a snapshot without cards.
    """

    ids: list[str]
    titles: list[str]
    is_product: NDArray[np.bool_]
    active: NDArray[np.bool_]
    leaves: NDArray[np.int32]
    prices: NDArray[np.float32]
    popularity: NDArray[np.float32]
    embeddings: NDArray[np.float32]
    card_embeddings: NDArray[np.float32] = NO_CARDS


class ObjectPaths(NamedTuple):
    """The resolved intent paths of every object: rows `offsets[o]:offsets[o + 1]` belong to object o.

    Attributes:
        offsets: int64 [O + 1].
        nodes: int32 [P, MAX_DEPTH], node ids coarse to fine, padded at the end with -1.
        confidences: float32 [P].
    """

    offsets: NDArray[np.int64]
    nodes: NDArray[np.int32]
    confidences: NDArray[np.float32]


class Neighbors(NamedTuple):
    """Products bought together with an object (item-CF): rows `offsets[o]:offsets[o + 1]`, strongest first.

    Attributes:
        offsets: int64 [O + 1].
        objects: int32 [K], rows of the products.
        weights: float32 [K], positive.
    """

    offsets: NDArray[np.int64]
    objects: NDArray[np.int32]
    weights: NDArray[np.float32]


@dataclass(frozen=True)
class Snapshot:
    """Nodes, objects, their paths and neighbors as they were known at one moment.

    Attributes:
        texts: The embeddings of nodes and objects in fewer dimensions, to compare them with each other.
        before: Nothing that happened in this second or later is inside; `as_of` in the manifest.
        versions: What it was made from (intent store, encoder, vocabulary), for the record.
        attributes: What is said about its products.
        currency: Code of the currency of its prices; empty if nobody says it, or several are meant.
        digest: SHA-256 of its content, 16 hexadecimal digits; empty until saved.
        cache: Arrays computed from it; a changed copy starts with an empty one.
    """

    nodes: Nodes
    objects: Objects
    texts: Texts
    paths: ObjectPaths
    neighbors: Neighbors
    before: EpochSeconds
    versions: dict[str, str]
    attributes: AttributeGraph = NO_ATTRIBUTES
    currency: str = ""
    digest: str = ""
    cache: SnapshotCache = field(default_factory=SnapshotCache, init=False, compare=False, repr=False)

    @cached_property
    def index(self) -> dict[str, int]:
        """Object id to row."""
        return {object_id: row for row, object_id in enumerate(self.objects.ids)}

    @cached_property
    def products(self) -> NDArray[np.int32]:
        """Rows of the products that may be shown, ascending."""
        return np.flatnonzero(self.objects.active & self.objects.is_product).astype(np.int32)

    def history(
        self, object_ids: Sequence[str], actions: Sequence[str], timestamps: Sequence[int]
    ) -> UserHistory:
        """Return events as a `UserHistory`, without those of unknown objects or with unknown actions.

        Events of one second stay in the order in which they are given. The same action on the same object in
        the same second is one event, however often it was delivered.

        Raises:
            ValueError: The columns differ in length, or a timestamp is a text that is no number.
            TypeError: A timestamp is None or of another type.
        """
        if not len(object_ids) == len(actions) == len(timestamps):
            raise ValueError("The columns of a history differ in length")
        index = self.index
        rows = np.array([index.get(object_id, -1) for object_id in object_ids], np.int32)
        codes = np.array([ACTION_CODE.get(action, -1) for action in actions], np.int8)
        seconds = np.asarray(timestamps, np.int64)
        known = np.flatnonzero((rows >= 0) & (codes >= 0))
        order = known[np.argsort(seconds[known], kind="stable")]
        return UserHistory(rows[order], codes[order], seconds[order]).without_duplicates()

    def inferred(self, object_ids: Sequence[str], weights: Sequence[float]) -> InferredBehaviors:
        """Return inferred behaviors as rows, without those of unknown objects.

        Raises:
            ValueError: The columns differ in length.
        """
        if len(object_ids) != len(weights):
            raise ValueError("The columns of inferred behaviors differ in length")
        rows = np.array([self.index.get(object_id, -1) for object_id in object_ids], np.int32)
        return InferredBehaviors(rows[rows >= 0], np.asarray(weights, np.float32)[rows >= 0])

    def save(self, parent: Path) -> Snapshot:
        """Write to `parent/<digest>`, atomically, and return the snapshot with its digest."""
        tables, arrays = _tables(self), _arrays(self)
        digest = content_digest(tables, arrays)
        folder = parent / digest
        if not folder.exists():
            manifest = {"digest": digest, "as_of": self.before, "versions": self.versions}
            write_snapshot_files(folder, manifest=manifest, tables=tables, arrays=arrays)
        return replace(self, digest=digest)

    @classmethod
    def load(cls, folder: Path, *, keep: bool = False) -> Snapshot:
        """Map a saved snapshot into memory.

        Args:
            folder: Where it is.
            keep: Verify its content, once for all processes, and keep arrays computed from it in its folder
                or use those that others kept there. For services; training computes them once and leaves
                nothing behind.

        Raises:
            AirloomError: The folder is not a snapshot, a file of it is missing or damaged, or its content is
                not that of its digest.
        """
        try:
            snapshot = cls._map(folder)
        except (OSError, EOFError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
            raise AirloomError(
                f"{folder} is not a whole snapshot ({type(error).__name__}: {error})",
                do="Remove it if it is there, and build it again with: airloom run daily",
            ) from error
        if keep:
            snapshot.verify(folder)
            object.__setattr__(snapshot, "cache", SnapshotCache(folder))
        return snapshot

    def verify(self, folder: Path) -> None:
        """Check that the content is that of the digest, unless a process did so for the same files.

        A million products take some seconds.

        Args:
            folder: Where it is saved.

        Raises:
            AirloomError: The content is not that of the digest.
        """
        if is_verified(folder):
            return
        digest = content_digest(_tables(self), _arrays(self))
        if digest != self.digest:
            raise AirloomError(
                f"{folder} does not hold the snapshot {self.digest}: the digest of its content is {digest}",
                do="Remove it and build it again with: airloom run daily",
            )
        note_verified(folder)

    @classmethod
    def _map(cls, folder: Path) -> Snapshot:
        manifest = read_manifest(folder)
        nodes, objects = mapped_table(folder, "nodes"), mapped_table(folder, "objects")

        def array(name: str) -> NDArray[Any]:
            return mapped_array(folder, name)

        return cls(
            nodes=Nodes(
                nodes["label"].to_pylist(),
                nodes["parent"].to_numpy(),
                nodes["level"].to_numpy(),
                nodes["kind"].to_numpy(),
                array("node_embeddings"),
            ),
            objects=Objects(
                objects["object_id"].to_pylist(),
                objects["title"].to_pylist(),
                objects["is_product"].to_numpy(zero_copy_only=False),
                objects["active"].to_numpy(zero_copy_only=False),
                objects["leaf"].to_numpy(),
                objects["price"].to_numpy(),
                objects["popularity"].to_numpy(),
                array("object_embeddings"),
                array(CARDS) if has_array(folder, CARDS) else NO_CARDS,
            ),
            texts=Texts(array("text_basis"), array("object_texts"), array("node_texts")),
            paths=ObjectPaths(array("path_offsets"), array("path_nodes"), array("path_confidences")),
            neighbors=Neighbors(
                array("neighbour_offsets"), array("neighbour_objects"), array("neighbour_weights")
            ),
            before=EpochSeconds(int(manifest["as_of"])),
            versions=dict(manifest["versions"]),
            attributes=_attributes(folder) if has_table(folder, VALUES) else NO_ATTRIBUTES,
            currency=str(mapped_table(folder, CURRENCY)[CURRENCY][0]) if has_table(folder, CURRENCY) else "",
            digest=str(manifest["digest"]),
        )


def _attributes(folder: Path) -> AttributeGraph:
    values = mapped_table(folder, VALUES)
    return AttributeGraph(
        values["relation"].to_pylist(),
        values["value"].to_pylist(),
        mapped_array(folder, "value_offsets"),
        mapped_array(folder, "value_objects"),
        mapped_array(folder, "value_confidences"),
        mapped_array(folder, "value_sources"),
        mapped_table(folder, "value_source_names")["source"].to_pylist(),
        _aliases(mapped_table(folder, ALIASES)) if has_table(folder, ALIASES) else (),
    )


def _aliases(table: pa.Table) -> tuple[tuple[str, int], ...]:
    return tuple(zip(table["alias"].to_pylist(), table["value"].to_pylist(), strict=True))


def _tables(snapshot: Snapshot) -> dict[str, pa.Table]:
    nodes, objects, attributes = snapshot.nodes, snapshot.objects, snapshot.attributes
    of_attributes = {
        VALUES: pa.table(
            {
                "relation": pa.array(attributes.relations, pa.string()),
                "value": pa.array(attributes.values, pa.string()),
            }
        ),
        "value_source_names": pa.table({"source": pa.array(attributes.source_names, pa.string())}),
    }
    if attributes.aliases:
        aliases, values = zip(*attributes.aliases, strict=True)
        of_attributes[ALIASES] = pa.table(
            {"alias": pa.array(aliases, pa.string()), "value": pa.array(values, pa.int32())}
        )
    return {
        "nodes": pa.table(
            {
                "label": pa.array(nodes.labels, pa.string()),
                "parent": pa.array(nodes.parents),
                "level": pa.array(nodes.levels),
                "kind": pa.array(nodes.kinds),
            }
        ),
        "objects": pa.table(
            {
                "object_id": pa.array(objects.ids, pa.string()),
                "title": pa.array(objects.titles, pa.string()),
                "is_product": pa.array(objects.is_product),
                "active": pa.array(objects.active),
                "leaf": pa.array(objects.leaves),
                "price": pa.array(objects.prices),
                "popularity": pa.array(objects.popularity),
            }
        ),
        **(of_attributes if attributes.values else {}),
        **({CURRENCY: pa.table({CURRENCY: [snapshot.currency]})} if snapshot.currency else {}),
    }


def _arrays(snapshot: Snapshot) -> dict[str, NDArray[np.generic]]:
    arrays: dict[str, NDArray[np.generic]] = {
        "node_embeddings": snapshot.nodes.embeddings,
        "object_embeddings": snapshot.objects.embeddings,
        "text_basis": snapshot.texts.basis,
        "object_texts": snapshot.texts.objects,
        "node_texts": snapshot.texts.nodes,
        "path_offsets": snapshot.paths.offsets,
        "path_nodes": snapshot.paths.nodes,
        "path_confidences": snapshot.paths.confidences,
        "neighbour_offsets": snapshot.neighbors.offsets,
        "neighbour_objects": snapshot.neighbors.objects,
        "neighbour_weights": snapshot.neighbors.weights,
    }
    if snapshot.objects.card_embeddings.size:
        arrays[CARDS] = snapshot.objects.card_embeddings
    if snapshot.attributes.values:
        arrays |= {
            "value_offsets": snapshot.attributes.offsets,
            "value_objects": snapshot.attributes.objects,
            "value_confidences": snapshot.attributes.confidences,
            "value_sources": snapshot.attributes.sources,
        }
    return {name: np.ascontiguousarray(values) for name, values in arrays.items()}
