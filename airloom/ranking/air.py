"""AIR: the ranker that scores each candidate against the intents that match it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from airloom.errors import AirloomError
from airloom.files import atomic_dir
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.compiled_network import CompiledNetwork
from airloom.ranking.encoder.encoder import SequenceEncoder, load_encoder
from airloom.ranking.encoder.network import EncoderNetwork
from airloom.ranking.history import UserHistory
from airloom.ranking.inputs import FEATURES, Inputs, build_inputs
from airloom.ranking.network import RankingNetwork
from airloom.ranking.projected import ProjectedTextArrays, project_texts
from airloom.ranking.ranker import Ranking
from airloom.ranking.settings import RankerSettings
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.weights import load_stored_weights, stored_weights, weights_digest
from airloom.settings import as_dict, parse

WEIGHTS = "weights.safetensors"
CONFIG = "config.json"
RETRAIN = "Train a new one with: airloom run training"


class AirRanker:
    """A trained network over one snapshot.

    Attributes:
        network: As it was trained.
        encoder: Over the snapshot.
        settings: What it reads and how large it is.
        version: A digest of all of these.
        forward: The network over the snapshot, compiled: inputs -> log probabilities of click and order.

    Texts are projected once, when the ranker is made; a request costs one tree, one retrieval and two forward
    passes, of the encoder and of the network, both compiled (`encoder/compiled_encoder.py`,
    `compiled_network.py`). Only training uses torch.
    """

    def __init__(
        self, network: RankingNetwork, encoder: SequenceEncoder, settings: RankerSettings, snapshot: Snapshot
    ) -> None:
        self.network = network.eval()
        self.encoder = encoder
        self.settings = settings
        weights = weights_digest(network)
        self.version = f"air-{_digest(weights, encoder, settings)}"
        self._catalogue = Catalogue.of(snapshot)
        tables = snapshot.cache.arrays(
            f"network-{weights}", lambda: project_texts(network, self._catalogue)._asdict()
        )
        self.forward = CompiledNetwork(network, ProjectedTextArrays(**tables))

    def rank(self, *, history: UserHistory, candidates: NDArray[np.int32], now: int) -> Ranking:
        """Return scores of `candidates` (rows of the snapshot) for `history` at `now` (seconds UTC)."""
        return self.ranking(self.inputs(history=history, candidates=candidates, now=now))

    def ranking(self, inputs: Inputs) -> Ranking:
        """Return the scores of inputs, the retrieved nodes and events, and what each signal contributes.

        A score is log(probability of an order) + price_exponent * log(price).
        """
        tower = self.forward.tower_inputs(inputs)
        return Ranking(
            self._with_price(self.forward.scores(tower).order, inputs.candidates),
            inputs.nodes,
            inputs.event_indices.astype(np.int32),
            lambda rows: self.forward.contributions(tower.take(rows)),
        )

    def inputs(self, *, history: UserHistory, candidates: NDArray[np.int32], now: int) -> Inputs:
        """Return what the network reads, see `airloom.ranking.inputs.build_inputs`."""
        return build_inputs(
            self._catalogue,
            history=history,
            candidates=candidates,
            sequence_scores=self.encoder.score(self.encoder.state(history.before(now)), candidates),
            now=now,
            settings=self.settings.inputs,
        )

    def _with_price(
        self, log_probabilities: NDArray[np.float32], candidates: NDArray[np.int32]
    ) -> NDArray[np.float32]:
        if not self.settings.price_exponent:
            return log_probabilities
        log_prices = self._catalogue.log_prices[candidates]
        mean = np.nanmean(log_prices) if np.isfinite(log_prices).any() else 0.0  # where no price is known
        filled = np.where(np.isnan(log_prices), mean, log_prices)
        return np.asarray(log_probabilities + self.settings.price_exponent * filled, np.float32)

    def save(self, folder: Path) -> None:
        """Write weights, item ids and `config.json` to `folder`, atomically."""
        config = {
            "version": self.version,
            "features": list(FEATURES),
            "text_dimensions": self.network.node_text.in_features,
            "settings": as_dict(self.settings, former_names=True),
        }
        with atomic_dir(folder) as temporary:
            save_file(stored_weights(self.network), temporary / WEIGHTS)
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
        expected, given = stored.network.node_text.in_features, snapshot.objects.embeddings.shape[1]
        if expected != given:
            raise AirloomError(
                f"{folder} reads text embeddings of {expected} numbers, the snapshot has {given}", do=RETRAIN
            )
        encoder = SequenceEncoder(stored.encoder, stored.item_ids, snapshot)
        return cls(stored.network, encoder, stored.settings, snapshot)


class StoredRanker(NamedTuple):
    """A saved ranker without a snapshot; `item_ids` are the objects that its encoder has id embeddings of."""

    network: RankingNetwork
    encoder: EncoderNetwork
    item_ids: list[str]
    settings: RankerSettings


def read_ranker(folder: Path) -> StoredRanker:
    """Return what `AirRanker.save` wrote.

    Raises:
        AirloomError: The folder holds no ranker, a damaged one, or one of another feature list.
    """
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        weights = load_file(folder / WEIGHTS)
        if config["features"] != list(FEATURES):
            raise AirloomError(f"{folder} was trained on another list of features", do=RETRAIN)
        settings = _settings(config["settings"], folder)
        network = RankingNetwork(settings.network, text_dimensions=config["text_dimensions"])
        load_stored_weights(network, weights)
        encoder, item_ids = load_encoder(folder, settings.encoder)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise AirloomError(
            f"{folder} is not a stored ranker ({type(error).__name__}: {error})", do=RETRAIN
        ) from error
    return StoredRanker(network.eval(), encoder, item_ids, settings)


def _settings(stored: dict[str, Any], folder: Path) -> RankerSettings:
    try:
        return parse(RankerSettings, stored)
    except AirloomError as error:
        raise AirloomError(f"{folder} was trained by another version ({error})", do=RETRAIN) from error


def _digest(weights: str, encoder: SequenceEncoder, settings: RankerSettings) -> str:
    content = [as_dict(settings, former_names=True), weights, encoder.digest]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]
