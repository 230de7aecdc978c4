from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from airloom.assistant.graph.catalogue_graph import CatalogueGraph, Edge
from airloom.ranking.snapshot import Snapshot
from tests.airloom.assistant.small_catalogue import GRAPH, SNAPSHOT, with_aliases


def edges(row: int) -> list[tuple[str, str]]:
    return [(edge.relation, edge.value) for edge in map(GRAPH.edge, GRAPH.edges_of(row).tolist())]


def test_an_object_knows_its_values_and_who_says_so() -> None:
    assert edges(3) == [
        ("brand", "maker 3"),
        ("category", "shelf 0"),
        ("color", "black"),
        ("goes_with", "shelf 1"),
        ("need", "warm nights"),
    ]
    assert edges(len(SNAPSHOT.objects.ids) - 1) == []
    need = GRAPH.values.exact("Warm Nights")
    assert GRAPH.edge_to(3, need) == Edge("need", "warm nights", "rules", 0.5)
    assert GRAPH.edge_to(4, need) is None


def test_what_other_things_are_says_nothing_about_the_product() -> None:
    both = GRAPH.values.exact("shelf 1")
    assert [SNAPSHOT.attributes.relations[value] for value in both] == ["category", "goes_with"]
    (own,) = GRAPH.about_products(both)
    assert SNAPSHOT.attributes.relations[own] == "category"


@pytest.mark.parametrize(("text", "hard"), [("black", True), ("maker 3", True), ("warm nights", False)])
def test_needs_are_soft_and_attributes_hard(text: str, hard: bool) -> None:
    assert GRAPH.is_hard(GRAPH.values.exact(text)) is hard


def test_of_equal_titles_the_most_popular_on_sale_is_meant() -> None:
    objects = SNAPSHOT.objects
    titles = ["same name" if row in (7, 8, 9) else title for row, title in enumerate(objects.titles)]
    popularity = objects.popularity.copy()
    popularity[[7, 8, 9]] = [9.0, 2.0, 1.0]
    changed = objects._replace(titles=titles, popularity=popularity)
    graph = CatalogueGraph(replace(SNAPSHOT, objects=changed))
    assert not objects.active[7]
    assert graph.object_of("Same Names") == 8
    assert graph.object_of("another name") is None


def test_its_arrays_are_kept_beside_the_snapshot(tmp_path: Path) -> None:
    saved = SNAPSHOT.save(tmp_path)
    folder = tmp_path / saved.digest
    first = CatalogueGraph(Snapshot.load(folder, keep=True))
    kept = {file: file.read_bytes() for file in folder.rglob("*.npy")}
    second = CatalogueGraph(Snapshot.load(folder, keep=True))
    assert any("assistant" in str(file) for file in kept)
    np.testing.assert_array_equal(first.titles.hashes, second.titles.hashes)
    assert not second.titles.hashes.flags.writeable
    assert {file: file.read_bytes() for file in folder.rglob("*.npy")} == kept


def test_an_alias_reads_as_its_value_and_is_shown_as_it() -> None:
    aliased = with_aliases(noir="black", blacks="black", shelf="shelf 1")
    graph = CatalogueGraph(aliased)
    black = GRAPH.values.exact("black").tolist()
    for text in ("Noir", "noirs", "black", "blacks"):
        assert graph.values.exact(text).tolist() == black
    assert graph.values.exact("shelf").tolist() == GRAPH.values.exact("shelf 1").tolist()
    assert graph.values_called("noir", "color").tolist() == black
    edge = graph.edge_to(3, graph.values.exact("noir"))
    assert edge is not None
    assert edge.value == "black"


def test_aliases_that_change_leave_no_trace_in_what_is_kept(tmp_path: Path) -> None:
    for aliases, count in (({"noir": "black"}, 1), ({"night": "black"}, 0), ({}, 0)):
        saved = with_aliases(**aliases).save(tmp_path)
        for _ in range(2):  # computed, then mapped
            graph = CatalogueGraph(Snapshot.load(tmp_path / saved.digest, keep=True))
            assert len(graph.values.exact("noir")) == count
