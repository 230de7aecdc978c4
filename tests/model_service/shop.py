"""A tiny shop with a past: two shelves, two videos, three users, and an experiment with three variants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from airloom.experiments.experiment import Experiment, Variant
from airloom.intents.linking.nodes import CATEGORY, NEED, Nodes
from airloom.knowledge.edges import EDGES
from airloom.ranking.attribute_graph import attribute_graph
from airloom.ranking.snapshot import Neighbors, ObjectPaths, Objects, Snapshot
from airloom.ranking.texts import Texts
from airloom.timestamps import EpochSeconds

NOON = 1_772_366_400  # 2026-03-01T12:00:00Z
SMOOTHIES, KITCHEN, APPLIANCES, BLENDER, PETS, CATS, CAT_BED, CAT_LIFE = range(8)
LABELS = [
    *("green smoothies at home", "kitchen", "small kitchen appliances", "smoothie blender"),
    *("pets", "cat supplies", "cat bed", "life with a cat"),
]
EXPERIMENT = Experiment(
    "three-ways",
    (Variant("popular", 0.25, "popularity"), Variant("item_cf", 0.25, "item_cf"), Variant("air", 0.5, "air")),
    salt="tests",
    control="popular",
)
USERS = {
    "watches-smoothies": (["video-smoothie", "video-smoothie"], ["view", "like"], [NOON - 7200, NOON - 3600]),
    "用户-🐈": (["视频-猫"], ["like"], [NOON - 60]),
    "came-later": (["video-smoothie"], ["view"], [NOON + 60]),
}


def make_snapshot() -> Snapshot:
    nodes = Nodes(
        LABELS,
        np.array([-1, -1, 1, 2, -1, 4, 5, -1], np.int32),
        np.array([0, 0, 1, 2, 0, 1, 2, 0], np.int8),
        np.array([NEED, CATEGORY, CATEGORY, CATEGORY, CATEGORY, CATEGORY, CATEGORY, NEED], np.int8),
        np.eye(8, 16, dtype=np.float32),
    )
    content = {
        "video-smoothie": ("Three green smoothies", [SMOOTHIES, KITCHEN, APPLIANCES, BLENDER]),
        "视频-猫": ("猫咪的一天 🐈", [CAT_LIFE, PETS, CATS, CAT_BED]),
    }
    products = {f"blender-{n:02}": (f"Blender {n}", BLENDER, 20.0 + n, 10.0 + n) for n in range(20)}
    products |= {f"商品-猫窝-{n:02}🛏": (f"猫窝 {n}", CAT_BED, 15.5 + n, 30.0 + n) for n in range(20)}
    products |= {"blender-old": ("Blender of old", BLENDER, float("nan"), 99.0)}
    ids = sorted([*content, *products])
    offsets, paths = [0], []
    for object_id in ids:
        if object_id in content:
            paths.append([*content[object_id][1], -1])
        else:
            leaf = products[object_id][1]
            paths.append([*nodes.path_to(leaf), -1, -1])
        offsets.append(len(paths))
    row = {object_id: number for number, object_id in enumerate(ids)}
    neighbors = {"video-smoothie": [row["blender-03"], row["blender-01"]]}
    lengths = [len(neighbors.get(object_id, [])) for object_id in ids]
    embeddings = np.tile(np.eye(1, 16, dtype=np.float32), (len(ids), 1))
    return Snapshot(
        nodes,
        Objects(
            ids,
            [content[i][0] if i in content else products[i][0] for i in ids],
            np.array([i in products for i in ids]),
            np.array([i in products and i != "blender-old" for i in ids]),
            np.array([products[i][1] if i in products else -1 for i in ids], np.int32),
            np.array([products[i][2] if i in products else np.nan for i in ids], np.float32),
            np.array([products[i][3] if i in products else 0.0 for i in ids], np.float32),
            embeddings,
        ),
        Texts.of(embeddings, nodes.embeddings),
        ObjectPaths(np.array(offsets), np.array(paths, np.int32), np.ones(len(paths), np.float32)),
        Neighbors(
            np.concatenate(([0], np.cumsum(lengths))),
            np.array(neighbors["video-smoothie"], np.int32),
            np.array([2.0, 1.0], np.float32),
        ),
        before=EpochSeconds(NOON),
        versions={},
    )


def with_attributes(shop: Snapshot) -> Snapshot:
    """The small shop, in which every second blender is red and all but one are of a brand."""
    rows = [
        *((f"blender-{n:02}", "category", "smoothie blender", "merchant", 1.0) for n in range(20)),
        *((f"blender-{n:02}", "color", "red", "merchant", 1.0) for n in range(0, 20, 2)),
        *((f"blender-{n:02}", "brand", "whirl", "merchant", 1.0) for n in range(1, 20)),
        ("blender-old", "color", "red", "merchant", 1.0),
    ]
    columns = [
        pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), EDGES, strict=True)
    ]
    graph = attribute_graph(pa.table(columns, schema=EDGES), pa.array(shop.objects.ids))
    return replace(shop, attributes=graph)
