"""What each part of the second stage counts: the weights under which held-out labels are most likely."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]  # has no stubs

from airloom.errors import AirloomError
from airloom.ranking.second_stage import PartScores, StackWeights


class FittedStack(NamedTuple):
    """The weights, and the mean loss of held-out labels under them."""

    weights: StackWeights
    loss: float


def fit_stack(
    scores: PartScores, log_odds: NDArray[np.float32], label_weights: NDArray[np.float32]
) -> FittedStack:
    """Return the weights of 0 or more that minimize the softmax cross-entropy of the targets.

    A conditional logit with one number for each part: too few to overfit to hundreds of labels.

    Args:
        scores: float32 [n, C] each, of labels that no part has learned from, the target's first. A part that
            says the same of all candidates weighs 0.
        log_odds: float32 [n, C], the logQ correction, see `sampling_log_odds`.
        label_weights: float32 [n], of each label.

    Raises:
        AirloomError: A score is not finite.
    """
    columns = np.stack(scores, axis=2).astype(np.float64)
    unusable = [
        name for name, part in zip(scores._fields, scores, strict=True) if not np.isfinite(part).all()
    ]
    if unusable:
        raise AirloomError(
            f"Scores of held-out labels by {', '.join(unusable)} are not finite",
            do="Lower the learning rate, or look for prices and times out of range in the logs",
        )
    columns -= columns[:, :1]  # only differences to the target count
    scales = columns.std(axis=(0, 1))
    informative = scales > 1e-9
    if not informative.any():  # nobody tells two candidates apart: nothing can be learned about the parts
        informative[0], scales[0] = True, 1.0
    columns = columns[:, :, informative] / scales[informative]
    offsets = (log_odds - log_odds[:, :1]).astype(np.float64)
    shares = (label_weights / label_weights.sum()).astype(np.float64)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = columns @ weights - offsets
        highest = logits.max(axis=1, keepdims=True)
        exponentials = np.exp(logits - highest)
        sums = exponentials.sum(axis=1, keepdims=True)
        value = shares @ (np.log(sums) + highest)[:, 0]
        gradient = shares @ np.einsum("nc,ncp->np", exponentials / sums, columns)
        return float(value), gradient

    start = np.full(int(informative.sum()), 0.5)
    result = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * len(start))
    weights = np.zeros(len(scales))
    weights[informative] = result.x / scales[informative]
    return FittedStack(StackWeights(*weights.tolist()), float(result.fun))
