"""One epoch of rewards: replies are drawn from the model, judged, and made likelier or less likely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from airloom.assistant.evaluation.request_case import RequestCase
from airloom.assistant.parsing.language_model import TUNED_PROMPT, messages_for
from airloom.assistant.rft.advantages import share_without_variance
from airloom.assistant.rft.checkpoint import EpochRecord
from airloom.assistant.rft.curriculum import Curriculum
from airloom.assistant.rft.judge import ReplyJudge
from airloom.assistant.rft.policy import Policy
from airloom.assistant.rft.processes import of_all
from airloom.assistant.rft.scoring import BatchScoring
from airloom.assistant.rft.settings import FineTuningSettings
from airloom.assistant.rft.trainer_options import trainer_options

REFERENCE: Final = "ref"
"""TRL's name for its copy of the updates from which the divergence is measured."""


class Reinforcement:
    """Trains a model by rewards, epoch by epoch.

    Args:
        policy: The model, with low-rank updates.
        cases: Requests by their names.
        judge: Of replies.
        settings: How.
        scratch: For what the trainer writes meanwhile.

    Attributes:
        optimizer: Lives longer than an epoch.
    """

    def __init__(
        self,
        policy: Policy,
        cases: Mapping[str, RequestCase],
        judge: ReplyJudge,
        settings: FineTuningSettings,
        *,
        scratch: Path,
    ) -> None:
        import torch

        self._policy, self._cases, self._judge = policy, cases, judge
        self._settings, self._scratch = settings, scratch
        trained = [parameter for parameter in policy.model.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.AdamW(trained, lr=settings.reinforcement.learning_rate, weight_decay=0.0)

    def epoch(self, names: Sequence[str], curriculum: Curriculum, *, number: int) -> EpochRecord:
        """Train on some requests, in their order; those of a last step that is not full are left out.

        Args:
            names: Of the requests.
            curriculum: Notes the rewards.
            number: Of the epoch, from 0.
        """
        from datasets import Dataset

        notes: list[tuple[str, float]] = []

        def note(name: str, reward: float) -> None:
            notes.append((name, reward))

        rows = [
            {"prompt": messages_for([self._cases[name].query], TUNED_PROMPT), "name": name} for name in names
        ]
        scoring = BatchScoring(self._judge, self._cases, self._policy.tokenizer, note)
        self._trainer(scoring, Dataset.from_list(rows), number).train()
        if REFERENCE in self._policy.model.peft_config:  # the next epoch's trainer makes its own
            self._policy.model.delete_adapter(REFERENCE)
        notes = of_all(notes)
        for name, reward in notes:
            curriculum.note(name, reward)
        curriculum.end_epoch()
        rewards = np.array([reward for _, reward in notes])
        group_size = self._settings.reinforcement.group_size
        return EpochRecord(
            number,
            len(rewards) // group_size,
            len(rewards),
            float(np.mean(rewards)),
            share_without_variance(rewards, group_size=group_size),
        )

    def _trainer(self, scoring: BatchScoring, rows: Any, number: int) -> Any:
        import torch
        from trl import GRPOConfig

        from airloom.assistant.rft.trainer import ReasoningAwareTrainer

        own = self._settings.reinforcement
        options = trainer_options(self._settings, self._scratch) | {"seed": self._settings.seed + number}
        config = GRPOConfig(
            num_train_epochs=1,
            learning_rate=own.learning_rate,
            lr_scheduler_type="constant",
            per_device_train_batch_size=own.group_size * own.requests_per_step,
            num_generations=own.group_size,
            max_completion_length=self._settings.max_tokens,
            temperature=own.temperature,
            beta=own.kl,
            shuffle_dataset=False,
            use_vllm=bool(own.vllm_url),
            vllm_mode="server",
            vllm_server_base_url=own.vllm_url or None,
            **options,
        )
        unchanged = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda _: 1.0)
        return ReasoningAwareTrainer(
            scoring=scoring,
            penalty=own.penalty,
            scale=own.scale,
            model=self._policy.model,
            processing_class=self._policy.tokenizer,
            train_dataset=rows,
            args=config,
            optimizers=(self.optimizer, unchanged),
        )
