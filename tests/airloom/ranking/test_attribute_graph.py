from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from airloom.errors import AirloomError
from airloom.knowledge.aliases import Alias
from airloom.knowledge.edges import EDGES
from airloom.ranking.attribute_graph import NO_ATTRIBUTES, AttributeGraph, attribute_graph
from airloom.ranking.snapshot import Snapshot
from tests.airloom.ranking.small_shop import small_snapshot

ROWS = [
    ("b", "color", "black", "rules", 0.5),
    ("a", "color", "black", "merchant", 1.0),
    ("a", "brand", "loft", "merchant", 1.0),
    ("gone", "color", "red", "merchant", 1.0),
]


def edges(*rows: tuple[str, str, str, str, float]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [[] for _ in EDGES]
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, EDGES, strict=True)], schema=EDGES
    )


def graph() -> AttributeGraph:
    return attribute_graph(edges(*ROWS), pa.array(["a", "b", "c"]))


def test_a_value_knows_its_products_and_who_says_so() -> None:
    made = graph()
    assert list(zip(made.relations, made.values, strict=True)) == [("brand", "loft"), ("color", "black")]
    assert made.products(0).tolist() == [0]
    assert made.products(1).tolist() == [0, 1]
    assert [made.source_names[code] for code in made.sources.tolist()] == ["merchant", "merchant", "rules"]
    assert made.confidences.tolist() == [1.0, 1.0, 0.5]


def test_without_edges_there_are_no_values() -> None:
    made = attribute_graph(edges(), pa.array(["a"]))
    assert made.values == []
    assert made.offsets.tolist() == [0]


def test_it_is_saved_with_the_snapshot_and_counts_in_its_digest(tmp_path: Path) -> None:
    shop = small_snapshot()
    without = shop.save(tmp_path)
    saved = replace(shop, attributes=graph()).save(tmp_path)
    loaded = Snapshot.load(tmp_path / saved.digest, keep=True).attributes
    assert (loaded.relations, loaded.values, loaded.source_names) == (
        graph().relations,
        graph().values,
        graph().source_names,
    )
    assert loaded.products(1).tolist() == [0, 1]
    assert not loaded.objects.flags.writeable
    assert Snapshot.load(tmp_path / without.digest).attributes is NO_ATTRIBUTES
    assert saved.digest != without.digest

    (tmp_path / saved.digest / "values.arrow").unlink()
    with pytest.raises(AirloomError, match="does not hold the snapshot"):
        Snapshot.load(tmp_path / saved.digest, keep=True)


def test_an_alias_is_of_all_values_that_read_so_and_is_saved_too(tmp_path: Path) -> None:
    rows = [*ROWS, ("b", "style", "black", "merchant", 1.0)]
    aliases = [Alias("noir", "black", 2), Alias("noir", "black", 3), Alias("lamp", "lantern", 4)]
    made = attribute_graph(edges(*rows), pa.array(["a", "b", "c"]), aliases)
    assert made.aliases == (("noir", 1), ("noir", 2))
    shop = small_snapshot()
    saved = replace(shop, attributes=made).save(tmp_path)
    assert Snapshot.load(tmp_path / saved.digest, keep=True).attributes.aliases == made.aliases
    without = replace(shop, attributes=made._replace(aliases=())).save(tmp_path)
    assert without.digest != saved.digest
    assert not (tmp_path / without.digest / "value_aliases.arrow").exists()
