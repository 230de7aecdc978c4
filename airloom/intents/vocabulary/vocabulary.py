"""The node table in the lake: it only grows, so a node's id means the same on every day."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from airloom.errors import AirloomError
from airloom.files import whole_file
from airloom.intents.encoding import EmbeddingCache
from airloom.intents.vocabulary.nodes import CATEGORY, NEED, NO_NODE, Nodes
from airloom.intents.vocabulary.taxonomy import CategoryPath, Taxonomy
from airloom.logs.lake import Lake


class Name(NamedTuple):
    """A name and the node that it leads to; a node has one name of its own and any number of merged ones.

    Attributes:
        node: Id of the node.
        label: As the merchant or the first reasoner spells it.
        key: Normalised label.
        parent: Id of the coarser node or -1.
        level: 0 at a root.
        kind: `NEED` or `CATEGORY`.
        text: What the encoder reads.
    """

    node: int
    label: str
    key: str
    parent: int
    level: int
    kind: int
    text: str


_SCHEMA: Final = pa.schema(
    [
        ("node", pa.int64()),
        ("label", pa.string()),
        ("key", pa.string()),
        ("parent", pa.int32()),
        ("level", pa.int8()),
        ("kind", pa.int8()),
        ("text", pa.string()),
    ]
)


class Vocabulary:
    """Categories of the merchant and needs that reasoners named.

    Args:
        lake: Where the table is kept, under `intents/nodes/`.
        cache: Encodes the names.
        merge_at: Cosine from which two needs are one node.
    """

    def __init__(self, lake: Lake, cache: EmbeddingCache, *, merge_at: float) -> None:
        self._folder = lake.path("intents", "nodes")
        self._cache = cache
        self._merge_at = merge_at
        self.names = _read(self._folder)
        self._stored = len(self.names)
        self._size = 1 + max((name.node for name in self.names), default=NO_NODE)
        self._ids = {(name.kind, name.parent, name.key): name.node for name in self.names}

    def add_categories(self, taxonomy: Taxonomy) -> dict[CategoryPath, list[int]]:
        """Make a node of every category; returns the ids from the top down to each of them."""
        walks: dict[CategoryPath, list[int]] = {(): []}
        for path in taxonomy.categories:
            above = walks[path[:-1]]
            parent = above[-1] if above else NO_NODE
            node = self._ids.get((CATEGORY, parent, path[-1]))
            if node is None:
                node = self._size
                self._add(
                    Name(
                        node,
                        taxonomy.spelling[path],
                        path[-1],
                        parent,
                        len(above),
                        CATEGORY,
                        taxonomy.text(path),
                    )
                )
            walks[path] = [*above, node]
        return walks

    def add_needs(self, labels: Sequence[str]) -> dict[str, int]:
        """Make a node of every new need, unless one that means nearly the same is there; returns their ids.

        Args:
            labels: Normalised; taken in alphabetical order, so that the result does not depend on theirs.
        """
        new = sorted({label for label in labels if (NEED, NO_NODE, label) not in self._ids})
        if new:
            own = [name for name in self._own_names() if name.kind == NEED]
            nodes = [name.node for name in own]
            vectors = self._cache.encode([*(name.text for name in own), *new])
            leaders = np.empty((len(own) + len(new), vectors.shape[1]), np.float32)
            leaders[: len(own)] = vectors[: len(own)]
            for label, vector in zip(new, vectors[len(own) :], strict=True):
                similar = leaders[: len(nodes)] @ vector
                best = int(similar.argmax()) if nodes else NO_NODE
                if best != NO_NODE and similar[best] >= self._merge_at:
                    self._add(Name(nodes[best], label, label, NO_NODE, 0, NEED, label))
                else:
                    leaders[len(nodes)] = vector
                    nodes.append(self._size)
                    self._add(Name(self._size, label, label, NO_NODE, 0, NEED, label))
        return {label: self._ids[NEED, NO_NODE, label] for label in labels}

    def nodes(self) -> Nodes:
        """The table that ranking reads."""
        own = self._own_names()
        return Nodes(
            labels=[name.label for name in own],
            parents=np.array([name.parent for name in own], np.int32),
            levels=np.array([name.level for name in own], np.int8),
            kinds=np.array([name.kind for name in own], np.int8),
            embeddings=self._cache.encode([name.text for name in own]),
        )

    def save(self) -> None:
        """Write what is new as one more file, whole or not at all."""
        new = self.names[self._stored :]
        if new:
            table = pa.Table.from_pylist([name._asdict() for name in new], schema=_SCHEMA)
            with whole_file(self._folder / f"names-{self._stored:09d}.parquet") as temporary:
                pq.write_table(table, temporary, compression="zstd")
            self._stored = len(self.names)

    def _add(self, name: Name) -> None:
        self.names.append(name)
        self._ids[name.kind, name.parent, name.key] = name.node
        self._size = max(self._size, name.node + 1)

    def _own_names(self) -> list[Name]:
        own: list[Name] = []
        for name in self.names:  # ids are given out in the order of the names
            if name.node == len(own):
                own.append(name)
        return own


def _read(folder: Path) -> list[Name]:
    names: list[Name] = []
    for file in sorted(folder.glob("names-*.parquet")):
        if int(file.stem.removeprefix("names-")) != len(names):
            raise AirloomError(
                f"The node table in {folder} has a gap before {file.name}",
                do="Bring the missing file back, or delete the folder to number all nodes anew",
            )
        names.extend(Name(**row) for row in pq.read_table(file, schema=_SCHEMA).to_pylist())
    return names
