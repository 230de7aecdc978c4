"""AIR: the ranker that scores each candidate against the intents that match it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file as load_arrays
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import load_file, save_file

from airloom.errors import AirloomError
from airloom.files import atomic_dir
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.compiled_stage import CompiledStage
from airloom.ranking.encoder.encoder import StoredEncoder
from airloom.ranking.encoder.towers import Towers, load_towers
from airloom.ranking.forest import Forest, checked
from airloom.ranking.history import UserHistory
from airloom.ranking.inputs import FEATURES, Inputs, build_inputs
from airloom.ranking.network import RankingNetwork
from airloom.ranking.projected import ProjectedTextArrays, project_texts
from airloom.ranking.ranker import Ranking
from airloom.ranking.second_stage import SecondStage, StackWeights
from airloom.ranking.settings import RankerSettings
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.weights import sorted_weights, weights_digest
from airloom.settings import as_dict, parse

WEIGHTS = "weights.safetensors"
FOREST = "forest.safetensors"
CONFIG = "config.json"
RETRAIN = "Train a new one with: airloom run training"


class AirRanker:
    """A trained ranker over one snapshot.

    Attributes:
        stage: The network, the forest and their weights, as they were trained.
        towers: The sequence encoders over the snapshot.
        settings: What it reads and how large it is.
        version: A digest of all of these.
        compiled: The second stage over the snapshot: inputs -> scores.

    Texts are projected once, when the ranker is made; a request costs one tree, one retrieval, a forward pass
    of each encoder and of the network, and a walk through the forest, all compiled
    (`encoder/compiled_encoder.py`, `compiled_stage.py`). Only training uses torch.
    """

    def __init__(
        self, stage: SecondStage, towers: Towers, settings: RankerSettings, snapshot: Snapshot
    ) -> None:
        network = stage.network.eval()
        self.stage = stage
        self.towers = towers
        self.settings = settings
        weights = weights_digest(network)
        self.version = f"air-{_digest(weights, stage, towers, settings)}"
        self._catalogue = Catalogue.of(snapshot)
        tables = snapshot.cache.arrays(
            f"network-{weights}", lambda: project_texts(network, self._catalogue)._asdict()
        )
        self.compiled = CompiledStage(stage, ProjectedTextArrays(**tables))

    def rank(self, *, history: UserHistory, candidates: NDArray[np.int32], now: int) -> Ranking:
        """Return scores of `candidates` (rows of the snapshot) for `history` at `now` (seconds UTC)."""
        return self.ranking(self.inputs(history=history, candidates=candidates, now=now))

    def ranking(self, inputs: Inputs) -> Ranking:
        """Return the scores of inputs, the retrieved nodes and events, and what each signal contributes.

        A score is log(probability of an order) + price_exponent * log(price).
        """
        scored = self.compiled.score(inputs)
        return Ranking(
            self._with_price(scored.scores, inputs.candidates),
            inputs.nodes,
            inputs.event_indices.astype(np.int32),
            lambda rows: self.compiled.contributions(scored, rows),
        )

    def similarities(self, row: int, others: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return how alike an object and others are by the tower of ids, float32 [n]; both rows."""
        return self.towers.encoders["ids"].similarities(row, others)

    def inputs(self, *, history: UserHistory, candidates: NDArray[np.int32], now: int) -> Inputs:
        """Return what the network reads, see `airloom.ranking.inputs.build_inputs`."""
        return build_inputs(
            self._catalogue,
            history=history,
            candidates=candidates,
            tower_scores=self.towers.score(self.towers.state(history.before(now)), candidates),
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
            "text_dimensions": self.stage.network.node_text.in_features,
            "stack_weights": self.stage.weights._asdict(),
            "settings": as_dict(self.settings),
        }
        with atomic_dir(folder) as temporary:
            save_file(sorted_weights(self.stage.network), temporary / WEIGHTS)
            save_arrays(self.stage.forest._asdict(), temporary / FOREST)
            self.towers.save(temporary)
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
        expected, given = stored.stage.network.node_text.in_features, snapshot.objects.embeddings.shape[1]
        if expected != given:
            raise AirloomError(
                f"{folder} reads text embeddings of {expected} numbers, the snapshot has {given}", do=RETRAIN
            )
        return cls(stored.stage, Towers.over(stored.towers, snapshot), stored.settings, snapshot)


class StoredRanker(NamedTuple):
    """A saved ranker without a snapshot; `towers` are its sequence encoders by name."""

    stage: SecondStage
    towers: Mapping[str, StoredEncoder]
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
        network.load_state_dict(weights)
        forest = checked(Forest(**load_arrays(folder / FOREST)), len(FEATURES))
        stage = SecondStage(network.eval(), forest, StackWeights.read(config["stack_weights"]))
        towers = load_towers(folder, settings.towers)
    except (OSError, ValueError, LookupError, TypeError, RuntimeError, SafetensorError) as error:
        raise AirloomError(
            f"{folder} is not a stored ranker ({type(error).__name__}: {error})", do=RETRAIN
        ) from error
    return StoredRanker(stage, towers, settings)


def _settings(stored: dict[str, Any], folder: Path) -> RankerSettings:
    try:
        return parse(RankerSettings, stored)
    except AirloomError as error:
        raise AirloomError(f"{folder} was trained by another version ({error})", do=RETRAIN) from error


def _digest(weights: str, stage: SecondStage, towers: Towers, settings: RankerSettings) -> str:
    content = [as_dict(settings), weights, stage.forest.digest, stage.weights._asdict(), towers.digest]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]
