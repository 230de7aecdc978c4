"""The trained sequence encoder over one snapshot, as it serves: histories and candidates in, scores out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from airloom.ranking.encoder.compiled_encoder import CompiledEncoder, item_scores
from airloom.ranking.encoder.item_vectors import ItemVectors
from airloom.ranking.encoder.network import EncoderNetwork, EventBatch
from airloom.ranking.history import UserHistory
from airloom.ranking.settings import EncoderSettings
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.weights import sorted_weights, weights_digest

WEIGHTS: Final = "encoder.safetensors"
ITEM_IDS: Final = "encoder_objects.arrow"
BATCH_SIZE: Final = 256
"""Histories that are encoded in one forward pass."""


class SequenceEncoder:
    """Scores candidates by how likely each is the next product after a history.

    Every object of the snapshot becomes one vector when the encoder is made; a request costs one forward pass
    over the user's newest events and one product with the candidates' vectors.

    Attributes:
        network: As it was trained.
        item_ids: Ids of the objects that have an id embedding.
        digest: Of the weights and of the ids.

    Args:
        network: Trained.
        item_ids: Ids of the objects that have an id embedding, in the order of its rows from 1.
        snapshot: What to serve over; objects that training did not know are read by title and intents only.
    """

    def __init__(self, network: EncoderNetwork, item_ids: Sequence[str], snapshot: Snapshot) -> None:
        self.network = network.eval()
        self.item_ids = item_ids
        ids = hashlib.sha256(json.dumps(list(item_ids)).encode()).hexdigest()[:16]
        self.digest = f"{weights_digest(network)}-{ids}"
        self._compiled = CompiledEncoder(network)
        self._items = ItemVectors(
            **snapshot.cache.arrays(
                f"encoder-{self.digest}", lambda: ItemVectors.of(network, item_ids, snapshot)._asdict()
            )
        )

    def state(self, history: UserHistory) -> NDArray[np.float32]:
        """Return the state after a history, which points to the next product, float32 [width]; 0 if empty."""
        if not history:
            return np.zeros(self.network.width, np.float32)
        return self._compiled.state(self._items.vectors, history)

    def states(self, histories: Sequence[UserHistory]) -> NDArray[np.float32]:
        """Return the `state` of each history, float32 [n, width], by torch in batches: for training."""
        out = np.zeros((len(histories), self.network.width), np.float32)
        rows = np.array([row for row, history in enumerate(histories) if history], np.int64)
        rows = rows[np.argsort([len(histories[row].objects) for row in rows], kind="stable")]
        for begin in range(0, len(rows), BATCH_SIZE):
            batch = rows[begin : begin + BATCH_SIZE]
            events = self._event_batch([histories[row] for row in batch])
            with torch.inference_mode():
                out[batch] = self.network(events, last_only=True)[:, 0].numpy()
        return out

    def score(self, state: NDArray[np.float32], candidates: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the scores of `candidates` (rows of the snapshot) for a `state`, float32 [C]."""
        return item_scores(state, *self._items, candidates)

    def similarities(self, row: int, others: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the cosine of an object's item vector with those of others, float32 [n]; 0 without one."""
        vectors = self._items.vectors
        own, theirs = vectors[row], vectors[others]
        lengths = np.linalg.norm(theirs, axis=1) * np.linalg.norm(own)
        products: NDArray[np.float32] = theirs @ own
        cosines = np.zeros_like(products)
        np.divide(products, lengths, out=cosines, where=lengths > 0)
        return cosines

    def save(self, folder: Path) -> None:
        """Write the weights and the ids to `folder`."""
        save_file(sorted_weights(self.network), folder / WEIGHTS)
        table = pa.table({"object_id": pa.array(self.item_ids, pa.string())})
        with pa.OSFile(str(folder / ITEM_IDS), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)

    def _event_batch(self, histories: Sequence[UserHistory]) -> EventBatch:
        newest = [history.newest(self.network.settings.max_events) for history in histories]
        length = max(len(history.objects) for history in newest)
        objects, actions, timestamps = np.zeros((3, len(newest), length), np.int64)
        padding = np.ones((len(newest), length), np.bool_)
        for row, history in enumerate(newest):
            columns = slice(length - len(history.objects), length)
            objects[row, columns], actions[row, columns] = history.objects, history.actions
            timestamps[row, columns], padding[row, columns] = history.timestamps, False
        return EventBatch(
            torch.from_numpy(self._items.vectors[objects]),
            torch.from_numpy(actions),
            torch.from_numpy(timestamps),
            torch.from_numpy(padding),
        )


class StoredEncoder(NamedTuple):
    """A saved encoder without a snapshot; `item_ids` are the objects that have an id embedding."""

    network: EncoderNetwork
    item_ids: Sequence[str]


def load_encoder(folder: Path, settings: EncoderSettings) -> StoredEncoder:
    """Return what `SequenceEncoder.save` wrote."""
    weights = load_file(folder / WEIGHTS)
    with pa.memory_map(str(folder / ITEM_IDS)) as source:
        item_ids = pa.ipc.open_file(source).read_all()["object_id"].to_pylist()
    network = EncoderNetwork(
        settings,
        objects=len(item_ids),
        nodes=len(weights["ensemble_members.0.node.weight"]) - 1,
        text_dimensions=weights["ensemble_members.0.text.weight"].shape[1],
    )
    network.load_state_dict(weights)
    return StoredEncoder(network.eval(), item_ids)
