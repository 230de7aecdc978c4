"""The trained sequence encoder over one snapshot, as it serves: histories and candidates in, scores out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from airloom.ranking.encoder.compiled_encoder import CompiledEncoder, scores_of
from airloom.ranking.encoder.network import EncoderNetwork, EncoderSettings, Events
from airloom.ranking.encoder.vectors import ObjectVectors
from airloom.ranking.history import UserHistory
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.weights import weights_digest

WEIGHTS: Final = "encoder.safetensors"
OBJECTS: Final = "encoder_objects.arrow"
HISTORIES_AT_ONCE: Final = 256
"""Histories that are encoded in one forward pass."""


class SequenceEncoder:
    """Scores candidates by what usually follows a history.

    Every object of the snapshot becomes one vector when the encoder is made; a request costs one forward pass
    over the user's newest events and one product with the candidates' vectors.

    Attributes:
        network: As it was trained.
        known: Ids of the objects that have a vector of their own.
        digest: Of the weights and of the known ids.

    Args:
        network: Trained.
        known: Ids of the objects that have a vector of their own, in the order of its rows from 1.
        snapshot: What to serve over; objects that training did not know are read by title and intents alone.
    """

    def __init__(self, network: EncoderNetwork, known: Sequence[str], snapshot: Snapshot) -> None:
        self.network = network.eval()
        self.known = known
        ids = hashlib.sha256(json.dumps(list(known)).encode()).hexdigest()[:16]
        self.digest = f"{weights_digest(network)}-{ids}"
        self._compiled = CompiledEncoder(network)
        self._objects = ObjectVectors(
            **snapshot.derived.arrays(
                f"encoder-{self.digest}", lambda: ObjectVectors.of(network, known, snapshot)._asdict()
            )
        )

    def state(self, history: UserHistory) -> NDArray[np.float32]:
        """What the events of a history say about the next product, float32 [width]; 0 without any."""
        if not history:
            return np.zeros(self.network.width, np.float32)
        return self._compiled.state(self._objects.vectors, history)

    def states(self, histories: Sequence[UserHistory]) -> NDArray[np.float32]:
        """`state` of each history, float32 [n, width], by torch and many at once: for training."""
        longest = self.network.settings.longest
        out = np.zeros((len(histories), self.network.width), np.float32)
        rows = np.array([row for row, history in enumerate(histories) if history], np.int64)
        rows = rows[np.argsort([len(histories[row].objects) for row in rows], kind="stable")]
        for begin in range(0, len(rows), HISTORIES_AT_ONCE):
            part = rows[begin : begin + HISTORIES_AT_ONCE]
            events = _events([histories[row] for row in part], self._objects.vectors, longest)
            with torch.inference_mode():
                out[part] = self.network(events, last=True)[:, 0].numpy()
        return out

    def score(self, state: NDArray[np.float32], candidates: NDArray[np.int32]) -> NDArray[np.float32]:
        """Scores of `candidates` (rows of the snapshot) for a `state`, float32 [C]."""
        return scores_of(state, *self._objects, candidates)

    def save(self, folder: Path) -> None:
        """Write the weights and the ids to `folder`."""
        save_file(dict(sorted(self.network.state_dict().items())), folder / WEIGHTS)
        table = pa.table({"object_id": pa.array(self.known, pa.string())})
        with pa.OSFile(str(folder / OBJECTS), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)


def load_encoder(folder: Path, settings: EncoderSettings) -> tuple[EncoderNetwork, list[str]]:
    """The network and the ids of `SequenceEncoder.save`, without a snapshot."""
    weights = load_file(folder / WEIGHTS)
    with pa.memory_map(str(folder / OBJECTS)) as source:
        known = pa.ipc.open_file(source).read_all()["object_id"].to_pylist()
    network = EncoderNetwork(
        settings,
        objects=len(known),
        nodes=len(weights["members.0.node.weight"]) - 1,
        text_dimensions=weights["members.0.text.weight"].shape[1],
    )
    network.load_state_dict(weights)
    return network.eval(), known


def _events(histories: Sequence[UserHistory], vectors: NDArray[np.float32], longest: int) -> Events:
    newest = [history.newest(longest) for history in histories]
    length = max(len(history.objects) for history in newest)
    objects, actions, timestamps = np.zeros((3, len(newest), length), np.int64)
    absent = np.ones((len(newest), length), np.bool_)
    for row, history in enumerate(newest):
        mine = slice(length - len(history.objects), length)
        objects[row, mine], actions[row, mine] = history.objects, history.actions
        timestamps[row, mine], absent[row, mine] = history.timestamps, False
    return Events(
        torch.from_numpy(vectors[objects]),
        torch.from_numpy(actions),
        torch.from_numpy(timestamps),
        torch.from_numpy(absent),
    )
