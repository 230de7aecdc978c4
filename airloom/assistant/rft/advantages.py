"""Advantages of tokens: a wrong answer costs the step that led to it more than the rest of the reply.

After ReRec (arXiv 2604.07851, section 3): tokens of a step that led to a wrong answer get .7 of the reply's
reward, and a token's advantage is its reward minus the mean, divided by the standard deviation of all tokens
of the group. Two differences: a step is wrong if it rules out every product that answers, and a reward below
0 grows in size, while .7 of it would be a prize.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

PENALTY: Final = 0.3
"""Share of the size of a reward that a wrong step loses."""
EPSILON: Final = 1e-4
"""Added to a standard deviation, as TRL does, so that equal rewards are no advantage."""

Scale = Literal["group", "batch"]


def token_rewards(
    rewards: NDArray[np.float64], is_wrong_step: NDArray[np.bool_], *, penalty: float = PENALTY
) -> NDArray[np.float64]:
    """Return the reward of each token, [B, T].

    Args:
        rewards: [B], of replies.
        is_wrong_step: [B, T], whether a token belongs to a step that led to a wrong answer.
        penalty: Share of the size of the reward that such a token loses; 0 is plain GRPO.
    """
    loss: NDArray[np.float64] = penalty * np.abs(rewards)[:, None] * is_wrong_step
    return rewards[:, None] - loss


def token_advantages(
    rewards: NDArray[np.float64], mask: NDArray[np.bool_], *, group_size: int, scale: Scale = "group"
) -> NDArray[np.float64]:
    """Return the advantage of each token, [B, T]; 0 outside the mask.

    Args:
        rewards: [B, T], of tokens; replies to one request follow each other.
        mask: [B, T], the tokens of the replies.
        group_size: Replies to one request.
        scale: Whose standard deviation divides: the group's, or that of the whole batch, so that a group of
            replies that differ little does not count as much as one of replies that differ much.

    Raises:
        ValueError: The batch holds a part of a group.
    """
    if len(rewards) % group_size:
        raise ValueError(f"{len(rewards)} replies are no whole number of groups of {group_size}")
    advantages = np.zeros_like(rewards)
    deviation = float(rewards[mask].std()) if mask.any() else 0.0
    for start in range(0, len(rewards), group_size):
        group = slice(start, start + group_size)
        inside = mask[group]
        tokens = rewards[group][inside]
        if len(tokens):
            scaled_by = float(tokens.std()) if scale == "group" else deviation
            advantages[group][inside] = (tokens - tokens.mean()) / (scaled_by + EPSILON)
    return advantages


def share_without_variance(rewards: NDArray[np.float64], *, group_size: int) -> float:
    """Return the share of groups with the same reward for all replies, from which plain GRPO learns nothing.

    Args:
        rewards: [B], of replies; those to one request follow each other.
        group_size: Replies to one request.
    """
    groups = rewards.reshape(-1, group_size)
    return float(np.isclose(groups, groups[:, :1]).all(axis=1).mean())
