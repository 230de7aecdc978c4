from __future__ import annotations

from pathlib import Path

import pytest
import torch

from airloom.errors import AirloomError
from airloom.ranking import graphs
from airloom.ranking.graphs import ENCODER, NETWORK, Graph, export_graphs
from airloom.ranking.intent_tree.retrieval import RetrievalSettings
from tests.airloom.ranking.small_shop import Shop, untrained


@pytest.fixture(scope="module")
def folder(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved ranker with its graphs."""
    ranker = untrained(shop.snapshot)
    folder = tmp_path_factory.mktemp("graphs") / "ranker"
    ranker.save(folder)
    export_graphs(ranker.network, ranker.encoder.network, folder, settings=RetrievalSettings())
    return folder


def test_graphs_hold_nothing_of_the_machine_that_made_them(folder: Path) -> None:
    for name in (NETWORK, ENCODER):
        content = (folder / name).read_bytes()
        assert str(Path(graphs.__file__).parent).encode() not in content
        assert b".py" not in content


def test_a_graph_that_differs_is_refused(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ranker = untrained(shop.snapshot)
    right = graphs._export

    def wrong(*given: object, **more: object) -> None:
        with torch.no_grad():
            ranker.network.wide.bias += 0.01
        right(*given, **more)  # type: ignore[arg-type]
        with torch.no_grad():
            ranker.network.wide.bias -= 0.01

    monkeypatch.setattr(graphs, "_export", wrong)
    with pytest.raises(AirloomError, match="graphs differ from the ranker by"):
        export_graphs(ranker.network, ranker.encoder.network, tmp_path, settings=RetrievalSettings())


def test_a_damaged_graph_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / NETWORK).write_bytes(b"no graph")
    with pytest.raises(AirloomError, match=r"network\.onnx cannot be run"):
        Graph(tmp_path / NETWORK)
