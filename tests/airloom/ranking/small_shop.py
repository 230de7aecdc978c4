from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from airloom.intents.linking.nodes import CATEGORY, MAX_DEPTH, NEED, Nodes
from airloom.logs.contract import ACTIONS
from airloom.ranking.air import AirRanker
from airloom.ranking.encoder.encoder import SequenceEncoder
from airloom.ranking.encoder.network import EncoderNetwork
from airloom.ranking.encoder.towers import Towers
from airloom.ranking.forest import Forest
from airloom.ranking.history import ACTION_CODE, UserHistory
from airloom.ranking.inputs import FEATURES
from airloom.ranking.network import RankingNetwork
from airloom.ranking.second_stage import SecondStage, StackWeights
from airloom.ranking.settings import RankerSettings
from airloom.ranking.snapshot import Neighbors, ObjectPaths, Objects, Snapshot
from airloom.ranking.texts import Texts
from airloom.ranking.training.examples import Example
from airloom.statistics.sequences import Sequences
from airloom.timestamps import EpochSeconds

TOPS, MIDS, LEAVES, PRODUCTS, VIDEOS, TEXT = 4, 2, 3, 10, 60, 16
SHORTENED = 12
OBJECTS = TOPS * MIDS * LEAVES * PRODUCTS + VIDEOS
NOW = EpochSeconds(1_000_000)


class SmallShop(NamedTuple):
    """24 leaf categories with 10 products each (rows 0-239), and 60 videos (240-299).

    Video v points through a need of its own to leaf v % 24. Titles of products resemble their leaf, those of
    videos resemble nothing.
    """

    snapshot: Snapshot
    now: int
    history: Callable[..., UserHistory]

    def example(self, seed: int) -> Example:
        """Somebody who watched ten videos wants a product that one of the last three points to."""
        rng = np.random.default_rng(seed)
        seen = self.history(seed, events=10, objects=VIDEOS, actions=2)
        seen = seen._replace(objects=seen.objects + OBJECTS - VIDEOS)
        leaf = (rng.choice(seen.objects[-3:]) - (OBJECTS - VIDEOS)) % (TOPS * MIDS * LEAVES)
        return Example(f"u{seed}", seen, int(leaf * PRODUCTS + rng.integers(PRODUCTS)), NOW, 1.0)

    def sequences(self, users: int) -> Sequences:
        """What others watched and then ordered, as in `example`."""
        examples = [self.example(100_000 + seed) for seed in range(users)]
        whole = [
            UserHistory(
                np.append(example.history.objects, example.target).astype(np.int32),
                np.append(example.history.actions, ACTION_CODE["order"]).astype(np.int8),
                np.append(example.history.timestamps, NOW - 1),
            )
            for example in examples
        ]
        numbers = np.repeat(np.arange(users, dtype=np.int32), [len(history.objects) for history in whole])
        columns = zip(*(history.events for history in whole), strict=True)
        objects, actions, timestamps = (np.concatenate(column) for column in columns)
        return Sequences(numbers, objects, actions, timestamps)


def untrained(snapshot: Snapshot, *, seed: int = 0, settings: RankerSettings | None = None) -> AirRanker:
    """A ranker with the random weights of `seed`; nothing in it is zero, as training would leave it."""
    chosen = settings or RankerSettings()
    torch.manual_seed(seed)
    text = snapshot.objects.embeddings.shape[1]
    network = RankingNetwork(chosen.network, text_dimensions=text)
    known, nodes = snapshot.objects.ids, len(snapshot.nodes.labels)
    encoders = {}
    for name, tower in chosen.towers.trained().items():
        ids = known if tower.use_ids else []
        encoder = EncoderNetwork(tower, objects=len(ids), nodes=nodes, text_dimensions=text)
        for member in encoder.ensemble_members:
            torch.nn.init.normal_(member.bias.weight)
            torch.nn.init.normal_(member.block.step_bias.weight)
            torch.nn.init.normal_(member.block.gap_bias.weight)
        encoders[name] = SequenceEncoder(encoder, ids, snapshot)
    stage = SecondStage(network, random_forest(seed), StackWeights(0.9, 0.3, 0.2, 0.1))
    return AirRanker(stage, Towers(encoders), chosen, snapshot)


def random_forest(seed: int, *, trees: int = 5, features: int = len(FEATURES)) -> Forest:
    """Trees of three splits and four leaves each, with random columns, thresholds and values."""
    rng = np.random.default_rng(seed)
    inner = np.array([True, True, False, False, True, False, False])
    children = np.array([[1, 4], [2, 3], [2, 2], [3, 3], [5, 6], [5, 5], [6, 6]])
    starts = np.arange(trees) * len(inner)
    chosen = rng.integers(0, features, (trees, len(inner)))
    return Forest.of(
        roots=starts,
        features=np.where(inner, chosen, 0).ravel(),
        thresholds=rng.normal(size=trees * len(inner)),
        children=(starts[:, None, None] + children).reshape(-1, 2),
        values=np.where(inner, 0.0, rng.normal(size=(trees, len(inner)))).ravel(),
    )


def small_snapshot(seed: int = 0) -> Snapshot:
    rng = np.random.default_rng(seed)

    def unit(rows: np.ndarray) -> np.ndarray:
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    mids, leaves = TOPS * MIDS, TOPS * MIDS * LEAVES
    parents = np.concatenate(
        [
            np.full(TOPS, -1),
            np.arange(mids) // MIDS,
            TOPS + np.arange(leaves) // LEAVES,
            np.full(VIDEOS, -1),
        ]
    ).astype(np.int32)
    count = len(parents)
    levels = np.repeat([0, 1, 2, 0], [TOPS, mids, leaves, VIDEOS]).astype(np.int8)
    kinds = np.where(np.arange(count) < TOPS + mids + leaves, CATEGORY, NEED).astype(np.int8)
    texts = unit(rng.normal(size=(count, TEXT)))
    nodes = Nodes([f"node {n}" for n in range(count)], parents, levels, kinds, texts)

    first_leaf, first_need = TOPS + mids, TOPS + mids + leaves
    products = leaves * PRODUCTS
    own = np.concatenate(
        [first_leaf + np.arange(products) // PRODUCTS, first_leaf + np.arange(VIDEOS) % leaves]
    )
    is_product = np.arange(products + VIDEOS) < products
    looks = np.where(is_product[:, None], texts[own], 0.0) + 0.5 * rng.normal(size=(len(own), TEXT))
    objects = Objects(
        [f"o{row:04d}" for row in range(len(own))],
        [f"title {row}" for row in range(len(own))],
        is_product,
        is_product.copy(),
        np.where(is_product, own, -1).astype(np.int32),
        np.where(is_product, rng.lognormal(3, 1, len(own)), np.nan).astype(np.float32),
        rng.gamma(1.0, 3.0, len(own)).astype(np.float32) * is_product,
        unit(looks),
    )
    path_nodes = np.full((len(own), MAX_DEPTH), -1, np.int32)
    for row, leaf in enumerate(own):
        need = [first_need + row - products] if row >= products else []
        walk = [*need, *nodes.path_to(int(leaf))]
        path_nodes[row, : len(walk)] = walk
    confidences = np.where(is_product, 1.0, 0.7).astype(np.float32)
    linked = rng.integers(0, products, (len(own), 4)).astype(np.int32)
    return Snapshot(
        nodes,
        objects,
        Texts.of(objects.embeddings, nodes.embeddings, dimensions=SHORTENED),
        ObjectPaths(np.arange(len(own) + 1), path_nodes, confidences),
        Neighbors(
            np.arange(0, 4 * len(own) + 1, 4),
            linked.ravel(),
            np.tile(np.array([1.0, 0.5, 0.25, 0.125], np.float32), len(own)),
        ),
        before=NOW,
        versions={"intents": "test"},
    )


def some_history(
    seed: int, *, events: int = 30, objects: int = OBJECTS, actions: int = len(ACTIONS)
) -> UserHistory:
    """Random events of the ten days before `NOW`."""
    rng = np.random.default_rng(seed)
    return UserHistory(
        rng.integers(0, objects, events).astype(np.int32),
        rng.integers(0, actions, events).astype(np.int8),
        np.sort(rng.integers(NOW - 10 * 86_400, NOW, events)),
    )
