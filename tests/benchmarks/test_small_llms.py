from __future__ import annotations

import pytest
import torch

from benchmarks.small_llms import QWEN3, parameters, untrained


@pytest.mark.parametrize(("name", "published"), [("qwen3-0.6b", 596_049_920), ("qwen3-4b", 4_022_468_096)])
def test_the_architecture_has_the_published_number_of_parameters(name: str, published: int) -> None:
    with torch.device("meta"):  # shapes without memory
        assert parameters(untrained(name)) == pytest.approx(published, rel=0.01)


def test_a_probe_has_fewer_layers_and_is_otherwise_the_same() -> None:
    with torch.device("meta"):
        probe = untrained("qwen3-0.6b", layers=2)

    assert len(probe.model.layers) == 2
    assert probe.config.hidden_size == QWEN3["qwen3-0.6b"]["hidden_size"]
