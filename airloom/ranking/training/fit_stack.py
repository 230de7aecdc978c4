"""What each part of the second stage counts: the weights under which held-out labels are most likely."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]  # has no stubs
from scipy.special import logsumexp, softmax  # type: ignore[import-untyped]  # has no stubs

from airloom.errors import AirloomError
from airloom.ranking.second_stage import PartScores, StackWeights

FOLDS: Final = 5
"""Groups of users; each is judged by weights that were fitted to the others."""
PRIOR_LABELS: Final = 10
"""The network alone is believed as much as this number of labels of weight 1: three labels change little, and
hundreds decide."""


class HeldOutLosses(NamedTuple):
    """The losses of n held-out labels by weights that have not seen their user (cross-validation).

    Attributes:
        losses: float64 [n], softmax cross-entropy of each target.
        label_weights: float32 [n], of each label.
        users: int64 [n], the user of each label.
    """

    losses: NDArray[np.float64]
    label_weights: NDArray[np.float32]
    users: NDArray[np.int64]

    @property
    def mean(self) -> float:
        """The weighted mean; of two rankers with the same labels, the lower one is better."""
        return float(np.average(self.losses, weights=self.label_weights))


class FittedStack(NamedTuple):
    """The weights, fitted to all held-out labels, and how well such weights foretell other users' labels."""

    weights: StackWeights
    held_out: HeldOutLosses


def fit_stack(
    scores: PartScores,
    log_odds: NDArray[np.float32],
    label_weights: NDArray[np.float32],
    users: NDArray[np.int64],
) -> FittedStack:
    """Return the weights of 0 or more that minimize the softmax cross-entropy of the targets.

    A conditional logit with one number for each part, and a prior for the default weights that is worth
    `PRIOR_LABELS` labels. It is measured by what these labels tell about the weights (their Fisher
    information; the g-prior of Zellner, 1986): network and forest say nearly the same, so the loss is flat
    between them, and a ridge with one strength for all directions would take the forest's weight away from
    hundreds of labels.

    Args:
        scores: float32 [n, C] each, of labels that no part has learned from, the target's first. A part that
            says the same of all candidates weighs 0.
        log_odds: float32 [n, C], the logQ correction, see `sampling_log_odds`.
        label_weights: float32 [n], of each label.
        users: int64 [n], the user of each label.

    Raises:
        AirloomError: A score is not finite.
    """
    unusable = [
        name for name, part in zip(scores._fields, scores, strict=True) if not np.isfinite(part).all()
    ]
    if unusable:
        raise AirloomError(
            f"Scores of held-out labels by {', '.join(unusable)} are not finite",
            do="Lower the learning rate, or look for prices and times out of range in the logs",
        )
    labels = _Labels.of(scores, log_odds, label_weights)
    folds = np.unique(users, return_inverse=True)[1] % FOLDS
    losses = np.zeros(len(users))
    for fold in np.unique(folds):
        judged = np.flatnonzero(folds == fold)
        weights = _fit(labels.take(np.flatnonzero(folds != fold)))
        losses[judged] = labels.take(judged).losses(weights)[0]
    return FittedStack(labels.weights(_fit(labels)), HeldOutLosses(losses, label_weights, users))


class _Labels(NamedTuple):
    """Scores minus those of the target, in units of their standard deviation, of parts that say something.

    Attributes:
        columns: float64 [n, C, P].
        offsets: float64 [n, C], the logQ correction minus that of the target.
        label_weights: float64 [n].
        scales: float64 [P], the standard deviations.
        parts: int64 [P], which of `PartScores`.
    """

    columns: NDArray[np.float64]
    offsets: NDArray[np.float64]
    label_weights: NDArray[np.float64]
    scales: NDArray[np.float64]
    parts: NDArray[np.int64]

    @classmethod
    def of(
        cls, scores: PartScores, log_odds: NDArray[np.float32], label_weights: NDArray[np.float32]
    ) -> _Labels:
        columns = np.stack(scores, axis=2).astype(np.float64)
        columns -= columns[:, :1]  # only differences to the target count
        scales = columns.std(axis=(0, 1))
        parts = np.flatnonzero(scales > 1e-9)
        offsets = (log_odds - log_odds[:, :1]).astype(np.float64)
        weights = label_weights.astype(np.float64)
        return cls(columns[:, :, parts] / scales[parts], offsets, weights, scales[parts], parts)

    def take(self, rows: NDArray[np.int64]) -> _Labels:
        """Return some of the labels."""
        return self._replace(
            columns=self.columns[rows], offsets=self.offsets[rows], label_weights=self.label_weights[rows]
        )

    @property
    def default(self) -> NDArray[np.float64]:
        """The default of `StackWeights`, float64 [P]."""
        return np.array(StackWeights())[self.parts] * self.scales

    def weights(self, scaled: NDArray[np.float64]) -> StackWeights:
        """Return weights of the columns as those of the scores; parts that say nothing weigh 0.

        Where no part says anything, the default is as good as any other.
        """
        if not len(self.parts):
            return StackWeights()
        weights = np.zeros(len(StackWeights._fields))
        weights[self.parts] = scaled / self.scales
        return StackWeights(*weights.tolist())

    def losses(self, weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the loss of each label, float64 [n], and its gradient, float64 [n, P]."""
        logits = self._logits(weights)
        return logsumexp(logits, axis=1), np.einsum("nc,ncp->np", softmax(logits, axis=1), self.columns)

    def information(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the second derivative of the losses, their weighted mean, float64 [P, P]."""
        chances = softmax(self._logits(weights), axis=1)
        centered = self.columns - np.einsum("nc,ncp->np", chances, self.columns)[:, None]
        shares = chances * self.label_weights[:, None] / self.label_weights.sum()
        weighted = centered * shares[:, :, None]
        return np.asarray(np.tensordot(weighted, centered, axes=((0, 1), (0, 1))), np.float64)

    def _logits(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log odds of each candidate to the target, float64 [n, C]."""
        return self.columns @ weights - self.offsets


def _fit(labels: _Labels) -> NDArray[np.float64]:
    """Return the weights of the columns, float64 [P]."""
    default = labels.default
    if not len(default) or not len(labels.offsets):
        return default
    shares = labels.label_weights / labels.label_weights.sum()
    prior = PRIOR_LABELS / labels.label_weights.sum() * labels.information(default)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        values, gradients = labels.losses(weights)
        moved = weights - default
        return float(shares @ values + moved @ prior @ moved / 2), shares @ gradients + prior @ moved

    bounds = [(0.0, None)] * len(default)
    result = minimize(loss, default, jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(result.x, np.float64)
