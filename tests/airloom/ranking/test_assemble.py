from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from airloom.intents.linking.nodes import CATEGORY, NEED, Nodes
from airloom.logs.contract import COMMERCE, CONTENT
from airloom.ranking.assemble import assemble
from airloom.ranking.snapshot import Snapshot
from airloom.timestamps import EpochSeconds

BEFORE = EpochSeconds(1_000)
NODES = Nodes(
    ["pets", "sleep", "cat beds", "a calm cat"],
    np.array([-1, 0, 1, -1], np.int32),
    np.array([0, 1, 2, 0], np.int8),
    np.array([CATEGORY, CATEGORY, CATEGORY, NEED], np.int8),
    np.eye(4, dtype=np.float32),
)


def snapshot(**changes: pa.Table) -> Snapshot:
    tables = {
        "profiles": profiles([("video", CONTENT, None, -1, -1), ("bed", COMMERCE, 20.0, 0, -1)]),
        "intents": pa.table(
            {
                "object_id": ["bed", "video"],
                "nodes": pa.array([[0, 1, 2], [3, 0, 1, 2, 0]], pa.list_(pa.int64())),
                "lengths": pa.array([[3], [4, 1]], pa.list_(pa.int64())),
                "confidences": pa.array([[1.0], [0.75, 0.25]], pa.list_(pa.float32())),
            }
        ),
        "popularity": pa.table(
            {"object_id": ["bed", "gone"], "popularity": pa.array([3.0, 9.0], pa.float32())}
        ),
        "neighbors": pa.table(
            {
                "object_id": ["gone", "video", "video"],
                "neighbor_id": ["bed", "bed", "gone"],
                "weight": pa.array([1.0, 2.0, 1.0], pa.float32()),
            }
        ),
    }
    return assemble(nodes=NODES, before=BEFORE, versions={}, **(tables | changes))


def profiles(rows: list[tuple[str, str, float | None, int, int]], *, stock: int = -1) -> pa.Table:
    names = ("object_id", "domain", "price", "published_at", "retired_at")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    columns["price"] = pa.array(columns["price"], pa.float64())
    vectors = pa.array([[1.0, 0.0, 0.0, 0.0]] * len(rows), pa.list_(pa.float32()))
    return pa.table(
        columns | {"title": columns["object_id"], "embedding": vectors, "stock": [stock] * len(rows)}
    )


def test_objects_are_sorted_and_everything_follows_them() -> None:
    made = snapshot()
    assert made.objects.ids == ["bed", "video"]
    assert made.objects.popularity.tolist() == [3.0, 0.0]
    assert made.objects.prices[0] == 20.0
    assert np.isnan(made.objects.prices[1])
    assert made.paths.offsets.tolist() == [0, 1, 3]
    assert made.paths.nodes.tolist() == [[0, 1, 2, -1, -1], [3, 0, 1, 2, -1], [0, -1, -1, -1, -1]]
    assert made.paths.confidences.tolist() == [1.0, 0.75, 0.25]


def test_an_object_without_a_card_has_the_embedding_of_its_title() -> None:
    card = pa.array([[0.0, 1.0, 0.0, 0.0]], pa.list_(pa.float32()))
    made = snapshot(cards=pa.table({"object_id": ["bed"], "embedding": card}))
    assert made.objects.card_embeddings.tolist() == [[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]]
    assert made.objects.embeddings[0].tolist() == [1.0, 0.0, 0.0, 0.0]
    assert not snapshot().objects.card_embeddings.size


def test_a_product_stands_in_the_leaf_of_its_own_path() -> None:
    assert snapshot().objects.leaves.tolist() == [2, -1]


@pytest.mark.parametrize(("stock", "is_on_sale"), [(-1, True), (1, True), (0, False)])
def test_a_product_that_is_out_of_stock_is_not_shown(stock: int, is_on_sale: bool) -> None:
    objects = profiles([("bed", COMMERCE, 20.0, 0, -1)], stock=stock)
    assert snapshot(profiles=objects).objects.active.tolist() == [is_on_sale]


def test_neighbors_that_the_snapshot_does_not_know_are_left_out() -> None:
    neighbors = snapshot().neighbors
    assert neighbors.offsets.tolist() == [0, 0, 1]
    assert (neighbors.objects.tolist(), neighbors.weights.tolist()) == ([0], [2.0])


@pytest.mark.parametrize(
    ("published", "retired", "active"),
    [
        (0, -1, True),
        (BEFORE, -1, True),
        (BEFORE + 1, -1, False),
        (0, BEFORE, False),
        (0, BEFORE + 1, True),
        (-1, -1, True),
    ],
)
def test_a_product_is_active_from_its_publication_until_it_retires(
    published: int, retired: int, *, active: bool
) -> None:
    made = snapshot(profiles=profiles([("bed", COMMERCE, 20.0, published, retired)]))
    assert made.objects.active.tolist() == [active]


def test_content_is_never_active() -> None:
    assert not snapshot().objects.active[1]


def test_an_object_without_intents_has_no_paths() -> None:
    made = snapshot(intents=snapshot_intents_of_nobody())
    assert made.paths.offsets.tolist() == [0, 0, 0]
    assert made.paths.nodes.shape == (0, 5)
    assert made.objects.leaves.tolist() == [-1, -1]


def snapshot_intents_of_nobody() -> pa.Table:
    lists = {"nodes": pa.int64(), "lengths": pa.int64(), "confidences": pa.float32()}
    columns = {name: pa.array([], pa.list_(kind)) for name, kind in lists.items()}
    return pa.table({"object_id": pa.array([], pa.string()), **columns})
