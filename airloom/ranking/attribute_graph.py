"""Which products have which values: the item-attribute graph, value by value, for filters and for reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.knowledge.aliases import Alias


class AttributeGraph(NamedTuple):
    """Value v of a relation belongs to the products `objects[offsets[v]:offsets[v + 1]]`.

    Attributes:
        relations: [V], what each value says something about, such as `color`; ascending.
        values: [V], normalized (`normalize_label`); ascending for each relation.
        offsets: int64 [V + 1].
        objects: int32 [E], rows of the snapshot, ascending for each value.
        confidences: float32 [E], of whoever says so, in (0, 1].
        sources: int8 [E], who says so: indices into `source_names`.
        source_names: [S], ascending.
        aliases: Other words for values, as (alias, value v), ascending. They are only looked up, never
            shown as what the catalogue says.
    """

    relations: list[str]
    values: list[str]
    offsets: NDArray[np.int64]
    objects: NDArray[np.int32]
    confidences: NDArray[np.float32]
    sources: NDArray[np.int8]
    source_names: list[str]
    aliases: tuple[tuple[str, int], ...] = ()

    def products(self, value: int) -> NDArray[np.int32]:
        """Return the rows of the products that have a value, int32 [n], ascending."""
        return self.objects[self.offsets[value] : self.offsets[value + 1]]

    def products_with(self, values: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the rows of the products that have any of some values, int32 [n], ascending."""
        return np.unique(np.concatenate([self.objects[:0], *map(self.products, values.tolist())]))


NO_ATTRIBUTES: Final = AttributeGraph(
    [],
    [],
    np.zeros(1, np.int64),
    np.empty(0, np.int32),
    np.empty(0, np.float32),
    np.empty(0, np.int8),
    [],
)


def attribute_graph(edges: pa.Table, ids: pa.Array, aliases: Iterable[Alias] = ()) -> AttributeGraph:
    """Return the graph of some products.

    Args:
        edges: `airloom.knowledge.edges.EDGES`; those of objects that are not in `ids` are left out.
        ids: string [O], the objects of the snapshot, ascending.
        aliases: Other words for values, of all relations that have them; those of no value are left out.
    """
    rows = pc.index_in(edges["object_id"], value_set=ids)
    edges = edges.append_column("row", rows).filter(pc.is_valid(rows))
    edges = edges.sort_by([(name, "ascending") for name in ("relation", "value", "row")]).combine_chunks()
    relations, relation_names = _codes(edges["relation"])
    values, value_names = _codes(edges["value"])
    keys = relations * max(len(value_names), 1) + values
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    sources, source_names = _codes(edges["source"])
    texts = [value_names[code] for code in values[starts].tolist()]
    return AttributeGraph(
        [relation_names[code] for code in relations[starts].tolist()],
        texts,
        np.append(starts, len(keys)),
        edges["row"].to_numpy().astype(np.int32),
        edges["confidence"].to_numpy(),
        sources.astype(np.int8),
        source_names,
        _of_values(aliases, texts),
    )


def _of_values(aliases: Iterable[Alias], values: list[str]) -> tuple[tuple[str, int], ...]:
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for number, value in enumerate(values):
        numbers[value].append(number)
    return tuple(sorted({(own.alias, number) for own in aliases for number in numbers.get(own.value, ())}))


def _codes(texts: pa.ChunkedArray) -> tuple[NDArray[np.int64], list[str]]:
    """Return the index of each text among the different ones, and these in ascending order."""
    names = pc.unique(texts).sort()
    return pc.index_in(texts, value_set=names).to_numpy().astype(np.int64), names.to_pylist()
