"""Sampled softmax: the training loss of the encoder, and the rank of each target for its validation."""

from __future__ import annotations

from collections.abc import Iterator
from math import log
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor

TARGETS_PER_BLOCK: Final = 256
"""Targets whose scores are in memory together; a larger block would leave the processor's cache."""


class SampledSoftmax(NamedTuple):
    """The states of n positions, their targets, and R negatives that all of them share.

    Attributes:
        states: float32 [n, width], the queries.
        targets: float32 [n, width + 1], output embeddings of the targets, then their biases.
        negatives: float32 [R, width + 1], the same of the negatives.
        accidental_hits: int64 [2, k], row of the target and row of the negative where both are one product,
            by target; these scores are masked.
        expansion: The number of products for which one negative stands: pool size / R (the logQ correction
            of an even sample).
    """

    states: Tensor
    targets: Tensor
    negatives: Tensor
    accidental_hits: Tensor
    expansion: float

    def cross_entropy(self) -> Tensor:
        """Return the cross-entropy of the targets, summed."""
        with self._full_precision():
            total: Tensor = _CrossEntropy.apply(*self)  # type: ignore[no-untyped-call]
        return total

    def ranks(self) -> Tensor:
        """Return the rank of each target among the negatives, from 1, int64 [n]; ties count against it."""
        with torch.no_grad(), self._full_precision():
            ranks = [
                1 + (~(negatives < target[:, None])).sum(dim=1)  # so that NaN ranks last, not first
                for _, target, negatives in _score_blocks(self._replace(expansion=1.0))
            ]
        return torch.cat(ranks)

    def _full_precision(self) -> torch.autocast:
        return torch.autocast(self.states.device.type, enabled=False)


class _CrossEntropy(torch.autograd.Function):
    """Scores, softmax and gradients of one block of targets at a time, in one table that is reused.

    Autograd would read and write a table of all scores six times, each time at the cost of the matrix product
    that fills it. Here a score becomes its gradient in place, and nothing larger than the inputs is kept.
    """

    @staticmethod
    def forward(
        ctx: Any,  # torch has no type for it
        states: Tensor,
        targets: Tensor,
        negatives: Tensor,
        accidental_hits: Tensor,
        expansion: float,
    ) -> Tensor:
        state_grad, target_grad, negative_grad = map(torch.zeros_like, (states, targets, negatives))
        total = states.new_zeros(())
        softmax = SampledSoftmax(states, targets, negatives, accidental_hits, expansion)
        for rows, target_scores, table in _score_blocks(softmax):
            highest = torch.maximum(table.amax(dim=1), target_scores)
            negative_shares = table.sub_(highest[:, None]).exp_()
            target_shares = (target_scores - highest).exp()
            sums = negative_shares.sum(dim=1) + target_shares
            total += (sums.log() + highest - target_scores).sum()
            negative_shares.div_(sums[:, None])
            score_grad = (target_shares / sums - 1)[:, None]
            state_grad[rows] = negative_shares @ negatives[:, :-1] + score_grad * targets[rows, :-1]
            target_grad[rows] = torch.cat([score_grad * states[rows], score_grad], dim=1)
            negative_grad[:, :-1].addmm_(negative_shares.T, states[rows])
            negative_grad[:, -1] += negative_shares.sum(dim=0)
        ctx.save_for_backward(state_grad, target_grad, negative_grad)
        return total

    @staticmethod
    def backward(ctx: Any, output_grad: Tensor) -> tuple[Tensor | None, ...]:
        return *(output_grad * grad for grad in ctx.saved_tensors), None, None


def _score_blocks(softmax: SampledSoftmax) -> Iterator[tuple[slice, Tensor, Tensor]]:
    """Yield the rows of a block of m targets, their scores [m], and their negatives' scores [m, R].

    Accidental hits score -inf. The table of negatives is overwritten by the next block.
    """
    states, targets, negatives, accidental_hits, expansion = softmax
    table = states.new_empty(min(TARGETS_PER_BLOCK, len(states)), len(negatives))
    biases = negatives[:, -1] + log(expansion)
    target_scores = (states * targets[:, :-1]).sum(dim=1) + targets[:, -1]
    for begin in range(0, len(states), TARGETS_PER_BLOCK):
        rows = slice(begin, begin + TARGETS_PER_BLOCK)
        block = states[rows]
        scores = torch.addmm(biases, block, negatives[:, :-1].T, out=table[: len(block)])
        in_block = (accidental_hits[0] >= begin) & (accidental_hits[0] < begin + len(block))
        scores[accidental_hits[0, in_block] - begin, accidental_hits[1, in_block]] = float("-inf")
        yield rows, target_scores[rows], scores
