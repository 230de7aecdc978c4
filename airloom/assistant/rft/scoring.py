"""Scores the replies of a batch for TRL, and keeps what the advantages of tokens need."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.evaluation.request_case import RequestCase
from airloom.assistant.rft.judge import ReplyJudge
from airloom.assistant.rft.steps import Step, tokens_of_steps


class ScoredReply(NamedTuple):
    """What one reply of a batch is worth.

    Attributes:
        reward: Weighted.
        wrong_steps: Entries that led to a wrong answer.
        token_stops: The character after each token; empty without a wrong step.
    """

    reward: float
    wrong_steps: tuple[Step, ...]
    token_stops: list[int]


class BatchScoring:
    """A reward function as TRL asks it; a reply that cannot be judged is an error and never a reward of 0.

    Args:
        judge: Judges replies.
        cases: Requests by their names, the column `name` of the data.
        tokenizer: Of the model.
        note: Gets the name of the request and the reward of every reply.

    Attributes:
        last: Of the last batch, in its order.
    """

    __name__ = "reward"

    def __init__(
        self,
        judge: ReplyJudge,
        cases: Mapping[str, RequestCase],
        tokenizer: Any,
        note: Callable[[str, float], None],
    ) -> None:
        self._judge, self._cases, self._tokenizer, self._note = judge, cases, tokenizer, note
        self.last: list[ScoredReply] = []

    def __call__(
        self,
        completions: Sequence[Sequence[Mapping[str, str]]],
        completion_ids: Sequence[Sequence[int]],
        name: Sequence[str],
        **_: Any,
    ) -> list[float]:
        """Return the reward of each reply.

        Args:
            completions: Chats of one turn.
            completion_ids: Their tokens.
            name: Of the requests.
        """
        self.last = []
        for completion, tokens, request in zip(completions, completion_ids, name, strict=True):
            [turn] = completion
            verdict = self._judge(turn["content"], self._cases[request], tokens=len(tokens))
            reward = verdict.reward.total(self._judge.settings)
            stops = self._token_stops(tokens) if verdict.wrong_steps else []
            self.last.append(ScoredReply(reward, verdict.wrong_steps, stops))
            self._note(request, reward)
        return [scored.reward for scored in self.last]

    def are_wrong_steps(self, length: int) -> NDArray[np.bool_]:
        """Return which tokens of the last batch belong to a wrong step, bool [B, length]."""
        return np.stack(
            [tokens_of_steps(own.wrong_steps, own.token_stops, length=length) for own in self.last]
        )

    def _token_stops(self, tokens: Sequence[int]) -> list[int]:
        """Return the characters after each token; a character of several tokens ends with its last one."""
        texts = (
            self._tokenizer.decode(tokens[: number + 1], skip_special_tokens=True).rstrip("�")
            for number in range(len(tokens))
        )
        return [len(text) for text in texts]
