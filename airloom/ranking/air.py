"""AIR: the ranker that reads a candidate against the user's intent tree, as it serves and as it is stored."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from airloom.errors import AirloomError
from airloom.files import whole_folder
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.compiled_network import CompiledNetwork
from airloom.ranking.encoder.encoder import SequenceEncoder, load_encoder
from airloom.ranking.encoder.network import EncoderNetwork, EncoderSettings
from airloom.ranking.history import UserHistory
from airloom.ranking.inputs import FEATURES, Inputs, InputSettings, build_inputs
from airloom.ranking.network import Batch, Network, NetworkSettings
from airloom.ranking.projected import Projected, project
from airloom.ranking.ranker import Ranking
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.weights import weights_digest
from airloom.settings import as_dict, parse

WEIGHTS = "weights.safetensors"
CONFIG = "config.json"
RETRAIN = "Train a new one with: airloom run training"


@dataclass(frozen=True)
class RankerSettings:
    """What a ranker sees and how large it is; stored with its weights.

    Attributes:
        inputs: What it sees.
        encoder: The sequence encoder.
        network: Sizes of the network.
        value: How much the price of a product counts: 0 ranks by the chance of an order, 1 by the value that
            an order is expected to bring.
    """

    inputs: InputSettings = field(default_factory=InputSettings)
    encoder: EncoderSettings = field(default_factory=EncoderSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    value: float = 0.0


class AirRanker:
    """A trained network over one snapshot.

    Attributes:
        network: As it was trained.
        encoder: Over the snapshot.
        settings: What it sees and how large it is.
        version: A digest of all of these.
        forward: What the network says of prepared inputs, of both heads.

    Texts are projected once, when the ranker is made; a request costs one tree, one retrieval and two forward
    passes, of the encoder and of the network, both compiled (`encoder/compiled_encoder.py`,
    `compiled_network.py`): torch trains and is not asked again.
    """

    def __init__(
        self, network: Network, encoder: SequenceEncoder, settings: RankerSettings, snapshot: Snapshot
    ) -> None:
        self.network = network.eval()
        self.encoder = encoder
        self.settings = settings
        weights = weights_digest(network)
        self.version = f"air-{_digest(weights, encoder, settings)}"
        self._catalogue = Catalogue.of(snapshot)
        tables = snapshot.derived.arrays(
            f"network-{weights}", lambda: project(network, self._catalogue)._asdict()
        )
        self.forward = CompiledNetwork(network, Projected(**tables))

    def rank(self, *, history: UserHistory, candidates: NDArray[np.int32], now: int) -> Ranking:
        """Score `candidates` (rows of the snapshot) for a user with `history` at `now` (seconds UTC)."""
        inputs = self.inputs(history=history, candidates=candidates, now=now)
        return Ranking(self.score(inputs), inputs.chains, inputs.positions.astype(np.int32))

    def inputs(self, *, history: UserHistory, candidates: NDArray[np.int32], now: int) -> Inputs:
        """What the network reads."""
        return build_inputs(
            self._catalogue,
            history=history,
            candidates=candidates,
            sequence_scores=self.encoder.score(self.encoder.state(history.before(now)), candidates),
            now=now,
            settings=self.settings.inputs,
        )

    def score(self, inputs: Inputs) -> NDArray[np.float32]:
        """Scores of prepared inputs, float32 [C]: log(chance of an order) + value * log(price)."""
        chances = self.forward(inputs).order
        if not self.settings.value:
            return chances
        prices = self._catalogue.log_prices[inputs.candidates]
        usual = np.nanmean(prices) if np.isfinite(prices).any() else 0.0  # nobody is punished for a gap
        known = np.where(np.isnan(prices), usual, prices)
        return np.asarray(chances + self.settings.value * known, np.float32)

    def save(self, folder: Path) -> None:
        """Write weights, known objects and `config.json` to `folder`, whole or not at all."""
        config = {
            "version": self.version,
            "features": list(FEATURES),
            "text_dimensions": self.network.node_text.in_features,
            "settings": as_dict(self.settings),
        }
        with whole_folder(folder) as temporary:
            save_file(dict(sorted(self.network.state_dict().items())), temporary / WEIGHTS)
            self.encoder.save(temporary)
            text = json.dumps(config, indent=2, sort_keys=True)
            (temporary / CONFIG).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, snapshot: Snapshot) -> AirRanker:
        """Read a saved ranker to serve over `snapshot`.

        Raises:
            AirloomError: The folder holds no ranker, one of another feature list, or one that was trained on
                text embeddings of another size than the snapshot's.
        """
        stored = read_ranker(folder)
        wanted, given = stored.network.node_text.in_features, snapshot.objects.embeddings.shape[1]
        if wanted != given:
            raise AirloomError(
                f"{folder} reads text embeddings of {wanted} numbers, the snapshot has {given}", do=RETRAIN
            )
        encoder = SequenceEncoder(stored.encoder, stored.known, snapshot)
        return cls(stored.network, encoder, stored.settings, snapshot)


class StoredRanker(NamedTuple):
    """A saved ranker without a snapshot; `known` names the objects that its encoder has vectors of."""

    network: Network
    encoder: EncoderNetwork
    known: list[str]
    settings: RankerSettings


def read_ranker(folder: Path) -> StoredRanker:
    """Read what `AirRanker.save` wrote.

    Raises:
        AirloomError: The folder holds no ranker, a damaged one, or one of another feature list.
    """
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        weights = load_file(folder / WEIGHTS)
        if config["features"] != list(FEATURES):
            raise AirloomError(f"{folder} was trained on another list of features", do=RETRAIN)
        settings = _settings(config["settings"], folder)
        network = Network(settings.network, text_dimensions=config["text_dimensions"])
        network.load_state_dict(weights)
        encoder, known = load_encoder(folder, settings.encoder)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise AirloomError(
            f"{folder} is not a stored ranker ({type(error).__name__}: {error})", do=RETRAIN
        ) from error
    return StoredRanker(network.eval(), encoder, known, settings)


def _settings(stored: dict[str, Any], folder: Path) -> RankerSettings:
    try:
        return parse(RankerSettings, stored)
    except AirloomError as error:
        raise AirloomError(f"{folder} was trained by another version ({error})", do=RETRAIN) from error


def as_batch(inputs: Inputs) -> Batch:
    """The same inputs as tensors, ids as int64."""
    columns = {name: getattr(inputs, name) for name in Batch._fields}
    return Batch(
        **{
            name: _tensor(values.astype(np.int64) if values.dtype.kind == "i" else values)
            for name, values in columns.items()
        }
    )


def _tensor(values: NDArray[np.generic]) -> torch.Tensor:
    return torch.from_numpy(np.require(values, requirements=["C", "W"]))


def _digest(weights: str, encoder: SequenceEncoder, settings: RankerSettings) -> str:
    parts = [as_dict(settings), weights, encoder.digest]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]
