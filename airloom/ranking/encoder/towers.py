"""The sequence encoders of a ranker: one reads ids, one texts, one intents; each gives a score of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.ranking.encoder.encoder import SequenceEncoder, StoredEncoder, load_encoder
from airloom.ranking.history import UserHistory
from airloom.ranking.settings import TOWERS, TowerSettings
from airloom.ranking.snapshot import Snapshot

FOLDER: Final = "towers"


class Towers:
    """Sequence encoders over one snapshot, by the names of `TOWERS`; a tower that is missing scores 0.

    Attributes:
        encoders: Those that there are, in the order of `TOWERS`.
        digest: Of all weights and ids.
    """

    def __init__(self, encoders: Mapping[str, SequenceEncoder]) -> None:
        self.encoders = {name: encoders[name] for name in TOWERS if name in encoders}
        digests = [f"{name} {encoder.digest}" for name, encoder in self.encoders.items()]
        self.digest = hashlib.sha256("\n".join(digests).encode()).hexdigest()[:16]
        ends = np.cumsum([0, *(encoder.network.width for encoder in self.encoders.values())])
        self._columns = [slice(begin, end) for begin, end in pairwise(ends.tolist())]
        self._width = int(ends[-1])

    @classmethod
    def over(cls, stored: Mapping[str, StoredEncoder], snapshot: Snapshot) -> Towers:
        """Return saved encoders to serve over `snapshot`."""
        return cls({name: SequenceEncoder(*encoder, snapshot) for name, encoder in stored.items()})

    def state(self, history: UserHistory) -> NDArray[np.float32]:
        """Return the states of all encoders after a history, side by side, float32 [width]; 0 if empty."""
        out = np.zeros(self._width, np.float32)
        for columns, encoder in zip(self._columns, self.encoders.values(), strict=True):
            out[columns] = encoder.state(history)
        return out

    def states(self, histories: Sequence[UserHistory]) -> NDArray[np.float32]:
        """Return the `state` of each history, float32 [n, width], by torch in batches: for training."""
        states = [encoder.states(histories) for encoder in self.encoders.values()]
        return np.concatenate([np.zeros((len(histories), 0), np.float32), *states], axis=1)

    def score(self, state: NDArray[np.float32], candidates: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return each tower's scores of `candidates` (rows of the snapshot), float32 [C, len(TOWERS)]."""
        out = np.zeros((len(candidates), len(TOWERS)), np.float32)
        for columns, (name, encoder) in zip(self._columns, self.encoders.items(), strict=True):
            out[:, TOWERS.index(name)] = encoder.score(state[columns], candidates)
        return out

    def save(self, folder: Path) -> None:
        """Write every encoder to a folder of its own in `folder/towers`."""
        for name, encoder in self.encoders.items():
            parent = folder / FOLDER / name
            parent.mkdir(parents=True)
            encoder.save(parent)


def load_towers(folder: Path, settings: TowerSettings) -> dict[str, StoredEncoder]:
    """Return what `Towers.save` wrote, without a snapshot; raises what `load_encoder` raises."""
    return {name: load_encoder(folder / FOLDER / name, chosen) for name, chosen in settings.trained().items()}
