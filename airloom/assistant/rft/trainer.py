"""TRL's trainer with advantages of tokens instead of replies."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from trl import GRPOTrainer

from airloom.assistant.rft.advantages import Scale, token_advantages, token_rewards
from airloom.assistant.rft.scoring import BatchScoring


class ReasoningAwareTrainer(GRPOTrainer):  # type: ignore[misc]  # TRL is not typed
    """Group-relative policy optimization in which a wrong step costs more than the rest of its reply.

    The method that is overridden returns the batch with an advantage for each reply; TRL's loss takes one for
    each token as well. With a penalty of 0 and the scale "group" both are the same, but for means and
    standard deviations over tokens instead of replies.

    Args:
        scoring: Was asked for the rewards of the batch.
        penalty: Share of its reward that a wrong step loses.
        scale: Whose standard deviation divides.
        **options: Of `GRPOTrainer`.
    """

    def __init__(self, *, scoring: BatchScoring, penalty: float, scale: Scale, **options: Any) -> None:
        super().__init__(reward_funcs=scoring, **options)
        self._scoring, self._penalty, self._scale = scoring, penalty, scale

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        batch: dict[str, Any] = super()._generate_and_score_completions(inputs)
        mask = batch["completion_mask"].bool().cpu().numpy()
        rewards = np.array([scored.reward for scored in self._scoring.last])
        tokens = token_rewards(rewards, self._scoring.are_wrong_steps(mask.shape[1]), penalty=self._penalty)
        advantages = token_advantages(tokens, mask, group_size=self.num_generations, scale=self._scale)
        like = batch["advantages"]
        batch["advantages"] = torch.as_tensor(advantages, dtype=like.dtype, device=like.device)
        return batch
