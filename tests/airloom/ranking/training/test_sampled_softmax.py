from __future__ import annotations

from math import log

import pytest
import torch
from torch.nn import functional

from airloom.ranking.training import sampled_softmax as module
from airloom.ranking.training.sampled_softmax import SampledSoftmax


def random_softmax(
    *, targets: int = 40, negatives: int = 30, width: int = 8, seed: int = 0
) -> SampledSoftmax:
    torch.manual_seed(seed)
    hits = range(0, targets, 3)
    accidental_hits = torch.stack([torch.tensor(hits), torch.randint(negatives, (len(hits),))])
    states, target_rows, negative_rows = (
        torch.randn(rows, columns).requires_grad_()
        for rows, columns in ((targets, width), (targets, width + 1), (negatives, width + 1))
    )
    return SampledSoftmax(states, target_rows, negative_rows, accidental_hits, expansion=2.5)


def naive_scores(softmax: SampledSoftmax) -> torch.Tensor:
    """Return the scores of the target and then of its negatives, computed in the obvious way."""
    targets = (softmax.states * softmax.targets[:, :-1]).sum(dim=1) + softmax.targets[:, -1]
    negatives = softmax.states @ softmax.negatives[:, :-1].T + softmax.negatives[:, -1]
    hits = torch.zeros_like(negatives, dtype=torch.bool)
    hits[softmax.accidental_hits[0], softmax.accidental_hits[1]] = True
    return torch.cat([targets[:, None], negatives.masked_fill(hits, float("-inf"))], dim=1)


@pytest.mark.parametrize("block", [1, 7, 40, 1000])
def test_loss_and_gradients_are_those_of_torch(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(module, "TARGETS_PER_BLOCK", block)
    ours, theirs = random_softmax(), random_softmax()
    scores = naive_scores(theirs)
    scores = torch.cat([scores[:, :1], scores[:, 1:] + log(theirs.expansion)], dim=1)
    expected = functional.cross_entropy(scores, torch.zeros(40, dtype=torch.long), reduction="sum")
    loss = ours.cross_entropy()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    (loss / 3).backward()
    (expected / 3).backward()
    for column, reference in zip(ours[:3], theirs[:3], strict=True):
        torch.testing.assert_close(column.grad, reference.grad, rtol=1e-4, atol=1e-5)


def test_large_scores_neither_overflow_nor_vanish() -> None:
    softmax = random_softmax()
    steep = softmax._replace(states=(softmax.states * 300).detach().requires_grad_())
    loss = steep.cross_entropy()
    loss.backward()
    assert torch.isfinite(loss)
    assert steep.states.grad is not None
    assert torch.isfinite(steep.states.grad).all()


@pytest.mark.parametrize("block", [7, 1000])
def test_a_rank_is_one_more_than_the_negatives_that_are_not_worse(
    monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(module, "TARGETS_PER_BLOCK", block)
    softmax = random_softmax()
    scores = naive_scores(softmax)
    assert softmax.ranks().tolist() == (1 + (scores[:, 1:] >= scores[:, :1]).sum(dim=1)).tolist()


def test_ties_and_nan_count_against_the_target() -> None:
    tied = SampledSoftmax(
        torch.zeros(2, 3), torch.zeros(2, 4), torch.zeros(5, 4), torch.zeros(2, 0, dtype=torch.long), 1
    )
    assert tied.ranks().tolist() == [6, 6]
    broken = tied._replace(states=torch.full((2, 3), float("nan")))
    assert broken.ranks().tolist() == [6, 6]


def test_it_computes_in_full_precision_whatever_surrounds_it() -> None:
    softmax = random_softmax()
    with torch.autocast("cpu", torch.bfloat16):
        inside = softmax.cross_entropy()
        ranks = softmax.ranks()
    assert inside.item() == softmax.cross_entropy().item()
    assert torch.equal(ranks, softmax.ranks())
