"""Everything that answers held-out requests, the fine-tuned model among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.evaluation.answerers import AssistantAnswerer, RequestAnswerer, document_controls
from airloom.assistant.evaluation.evaluate import HIT, NDCG, evaluate
from airloom.assistant.evaluation.request_case import RequestSet, groups_of
from airloom.assistant.parsing.recorded_parser import RecordedParser
from airloom.assistant.parsing.rules import RulesParser
from airloom.assistant.rft.gate import RULES
from airloom.assistant.rft.judge import ReplyJudge
from airloom.assistant.rft.kept_replies import ModelReplies
from airloom.assistant.rft.known_requests import RequestSets
from airloom.intents.encoding import TextEncoder
from airloom.ranking.evaluation.intervals import Estimate, Resampling, mean_intervals
from airloom.text_table import aligned

NOT_RUN: Final = "not run"


class Arm(NamedTuple):
    """What one arm is worth on held-out requests.

    Attributes:
        name: Of the arm.
        ndcg: float64 [requests], NDCG@10 of its answers.
        hit: float64 [requests], whether the first product answers.
        groups: int64 [requests], of requests that are resampled together.
        share_by_rules: Of the requests that a model did not read; None of an arm without a model.
        reward: float64 [requests], of the replies, with rules nowhere in their place and no part for their
            length; None of an arm without a model.
        share_without_variance: Of the groups in training, those whose replies all earned the same; None of an
            arm that was trained by no rewards.
    """

    name: str
    ndcg: NDArray[np.float64]
    hit: NDArray[np.float64]
    groups: NDArray[np.int64]
    share_by_rules: float | None = None
    reward: NDArray[np.float64] | None = None
    share_without_variance: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return all numbers, means with their intervals."""
        return {
            "name": self.name,
            "ndcg@10": interval(self.ndcg, self.groups)._asdict(),
            "hit@1": interval(self.hit, self.groups)._asdict(),
            "share_by_rules": self.share_by_rules,
            "reward": None if self.reward is None else interval(self.reward, self.groups)._asdict(),
            "share_without_variance": self.share_without_variance,
        }


def interval(values: NDArray[np.float64], groups: NDArray[np.int64]) -> Estimate:
    """Return the mean of a value of each request with its 95% interval; groups of requests are resampled."""
    [estimate] = mean_intervals([values], groups, Resampling())
    return estimate


def run_arms(
    sets: RequestSets, encoder: TextEncoder, replies: Mapping[str, ModelReplies], judge: ReplyJudge
) -> list[Arm]:
    """Return what each arm is worth: rules, the controls over documents, and each model.

    Args:
        sets: The held-out requests are asked.
        encoder: Of the arm that compares embeddings.
        replies: Of models to the held-out requests, by the name of the arm.
        judge: Of the replies; the same for all arms, whatever they were trained by.
    """
    cases = [request.case for request in sets.held_out]
    requests = RequestSet(sets.graph.snapshot, tuple(cases), ())
    answerers: dict[str, RequestAnswerer] = {
        RULES: AssistantAnswerer(sets.graph, RulesParser(sets.graph)),
        **document_controls(sets.graph, encoder),
    }
    arms = [_arm(name, requests, answerer) for name, answerer in answerers.items()]
    for name, own in replies.items():
        asked = dict(zip((case.query for case in cases), own.texts, strict=True))
        parser = RecordedParser(asked, sets.graph)
        arm = _arm(name, requests, AssistantAnswerer(sets.graph, parser))
        rewards = [
            judge(text, case, tokens=0).reward.total(judge.settings)
            for text, case in zip(own.texts, cases, strict=True)
        ]
        arms.append(
            arm._replace(
                share_by_rules=parser.share_by_rules,
                reward=np.array(rewards),
                share_without_variance=own.share_without_variance,
            )
        )
    return arms


def arms_table(arms: Sequence[Arm], not_run: Mapping[str, str]) -> str:
    """Return a line for each arm, and for each that was not run the command that runs it."""
    rows = [("arm", "hit@1", "NDCG@10", "reward", "groups without variance", "read by rules")]
    rows += [
        (
            arm.name,
            _shown(arm.hit, arm.groups),
            _shown(arm.ndcg, arm.groups),
            _shown(arm.reward, arm.groups),
            _share(arm.share_without_variance),
            _share(arm.share_by_rules),
        )
        for arm in arms
    ]
    lines = [aligned(list(zip(*rows, strict=True)))]
    width = max(map(len, (*not_run, *(row[0] for row in rows))), default=0)
    lines += [f"{name:<{width}}  {NOT_RUN}: {command}" for name, command in not_run.items()]
    return "\n".join(lines)


def by_name(arms: Sequence[Arm]) -> dict[str, NDArray[np.float64]]:
    """Return the NDCG@10 of each arm."""
    return {arm.name: arm.ndcg for arm in arms}


def _arm(name: str, requests: RequestSet, answerer: RequestAnswerer) -> Arm:
    metrics = evaluate(requests, answerer, name=name).metrics
    return Arm(name, metrics[NDCG], metrics[HIT], groups_of(requests.cases))


def _shown(values: NDArray[np.float64] | None, groups: NDArray[np.int64]) -> str:
    if values is None:
        return ""
    mean, low, high = interval(values, groups)
    return f"{mean:.3f} ({low:.3f} to {high:.3f})"


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"
