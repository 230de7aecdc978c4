"""The names under which a ranker is stored are a format: renames in the code do not reach them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from airloom.ranking.air import CONFIG, AirRanker
from airloom.ranking.air import WEIGHTS as NETWORK
from airloom.ranking.encoder.encoder import WEIGHTS as ENCODER
from airloom.ranking.weights import load_stored_weights, stored_weights, weights_digest
from tests.airloom.ranking.small_shop import SmallShop, untrained

PARTS = ("weight", "bias")
BLOCK_LAYERS = ("before", "inner", "mixed", "joined", "feed.0", "feed.3")
NETWORK_LAYERS = (
    "node_text",
    "object_text",
    "chain",
    "event",
    "query",
    "wide",
    "tower.0",
    "tower.3",
    "tower.5",
)
MEMBER_WEIGHTS = {
    *("own.weight", "sharpness", "bias.weight", "node.weight", "text.weight", "intent.weight"),
    *("action.weight", "norm.weight", "norm.bias", "block.by_step.weight", "block.by_gap.weight"),
    *(f"block.{layer}.{part}" for layer in BLOCK_LAYERS for part in PARTS),
}
NETWORK_WEIGHTS = {
    *("mean", "scale", "nothing", "level.weight", "kind.weight"),
    *(f"{layer}.{part}" for layer in NETWORK_LAYERS for part in PARTS),
}
SETTINGS = {
    "encoder": ["dropout", "forget_ids", "heads", "longest", "members", "use_intents", "use_texts", "width"],
    "inputs": ["aim_at_target", "leaves_only", "retrieval", "tree", "use_intents", "weigh_nodes"],
    "network": ["dropout", "heads", "hidden", "width"],
}
RETRIEVAL = ["chains", "evidence", "kinship", "least_similarity", "max_age_days", "weight_share"]


@pytest.fixture
def ranker(shop: SmallShop) -> AirRanker:
    return untrained(shop.snapshot)


def test_a_stored_ranker_has_the_names_of_the_format(ranker: AirRanker, tmp_path: Path) -> None:
    ranker.save(tmp_path / "ranker")
    members = {f"members.{number}.{name}" for number in range(2) for name in MEMBER_WEIGHTS}
    assert set(load_file(tmp_path / "ranker" / ENCODER)) == members
    assert set(load_file(tmp_path / "ranker" / NETWORK)) == NETWORK_WEIGHTS
    settings = json.loads((tmp_path / "ranker" / CONFIG).read_text())["settings"]
    assert {name: sorted(settings[name]) for name in SETTINGS} == SETTINGS
    assert sorted(settings["inputs"]["retrieval"]) == RETRIEVAL


def test_a_version_depends_on_stored_names_and_values_only(ranker: AirRanker) -> None:
    """The same numbers under the same stored names have had this digest since weights were first stored."""
    for network in (ranker.network, ranker.encoder.network):
        with torch.no_grad():
            for number, weights in enumerate(stored_weights(network).values()):
                weights.fill_(number)
    assert weights_digest(ranker.network) == "b9ef3e0ad433cb3c"
    assert weights_digest(ranker.encoder.network) == "9538c6ea1837ed86"


def test_weights_survive_the_journey_through_stored_names(shop: SmallShop, ranker: AirRanker) -> None:
    other = untrained(shop.snapshot, seed=1)
    load_stored_weights(other.encoder.network, stored_weights(ranker.encoder.network))
    assert weights_digest(other.encoder.network) == weights_digest(ranker.encoder.network)


def test_a_weight_that_is_missing_is_refused(ranker: AirRanker) -> None:
    weights = stored_weights(ranker.network)
    del weights["nothing"]
    with pytest.raises(RuntimeError, match="null_token"):
        load_stored_weights(ranker.network, weights)
