"""What a trained encoder makes of every object of a snapshot, once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from airloom.ranking.encoder.network import EncoderNetwork
from airloom.ranking.encoder.traits import traits_in_parts
from airloom.ranking.snapshot import Snapshot

OBJECTS_AT_ONCE: Final = 1 << 15
"""Objects whose vectors are made together."""


class ObjectVectors(NamedTuple):
    """Of O objects, by M members, with W numbers in all.

    Attributes:
        vectors: float32 [O, W].
        scales: float32 [O, M], what makes a member's vector a direction; see `EncoderNetwork.scales`.
        biases: float32 [O], how often an object is wanted whatever came before.
    """

    vectors: NDArray[np.float32]
    scales: NDArray[np.float32]
    biases: NDArray[np.float32]

    @classmethod
    def of(cls, network: EncoderNetwork, known: Sequence[str], snapshot: Snapshot) -> ObjectVectors:
        """Make them; see `SequenceEncoder` for the arguments."""
        own = np.zeros(len(snapshot.objects.ids), np.int64)
        for row, object_id in enumerate(known, start=1):
            place = snapshot.index.get(object_id)
            if place is not None:
                own[place] = row
        count = len(own)
        made = cls(
            np.empty((count, network.width), np.float32),
            np.empty((count, len(network.members)), np.float32),
            np.empty(count, np.float32),
        )
        with torch.inference_mode():
            begin = 0
            for traits in traits_in_parts(snapshot, own, nodes=network.nodes, size=OBJECTS_AT_ONCE):
                part = slice(begin, begin := begin + len(traits.own))
                vectors = network.vectors(traits)
                made.vectors[part], made.scales[part] = vectors.numpy(), network.scales(vectors).numpy()
                made.biases[part] = network.biases(traits.own).numpy()
        return made
