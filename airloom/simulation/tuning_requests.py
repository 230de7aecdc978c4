"""What shoppers of the sample world say, to fine-tune a language model on and to judge it by."""

from __future__ import annotations

from typing import Final

from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.rules import RulesParser
from airloom.assistant.rft.known_requests import RequestSets, RulesReadRequest
from airloom.ranking.snapshot import Snapshot
from airloom.simulation.seeds import stream
from airloom.simulation.shopper_requests import shopper_requests

TRAIN: Final = "train"


def shopper_tuning_requests(
    snapshot: Snapshot, *, split: str, requests: int, held_out: int, seed: int
) -> RequestSets:
    """Return requests of train lifestyles, and of those of another split to judge by.

    Args:
        snapshot: Of a sample world.
        split: Of the requests to judge by; see `airloom.simulation.shopper_requests.split_of`.
        requests: To train on, at most; which ones is drawn.
        held_out: To judge by, at most; likewise.
        seed: Of everything that is drawn.

    Raises:
        AirloomError: The snapshot is of another shop.
    """
    graph = CatalogueGraph(snapshot)
    parser = RulesParser(graph)

    def drawn(split: str, most: int) -> list[RulesReadRequest]:
        cases = shopper_requests(snapshot, split=split, seed=seed).cases
        order = stream(seed, f"requests to tune with, {split}").permutation(len(cases))
        return [RulesReadRequest.of(cases[number], parser) for number in sorted(order[:most].tolist())]

    return RequestSets(graph, drawn(TRAIN, requests), drawn(split, held_out))
