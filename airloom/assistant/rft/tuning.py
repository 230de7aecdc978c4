"""The whole fine-tuning: train, compare with what costs less, keep or leave out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from airloom.assistant.rft.arms import Arm, by_name, interval, run_arms
from airloom.assistant.rft.checkpoint import EpochRecord
from airloom.assistant.rft.digest import digest_of
from airloom.assistant.rft.fine_tune import fine_tune, save_model, save_updates
from airloom.assistant.rft.gate import BASE, TUNED, TuningGate, tuning_gate
from airloom.assistant.rft.item_vectors import vectors_of_graph
from airloom.assistant.rft.judge import ReplyJudge
from airloom.assistant.rft.kept_replies import ModelReplies, replies_once
from airloom.assistant.rft.known_requests import RequestSets
from airloom.assistant.rft.policy import Policy, load_policy, replies
from airloom.assistant.rft.processes import is_first, only_training
from airloom.assistant.rft.settings import FineTuningSettings
from airloom.files import write_text
from airloom.intents.encoding import TextEncoder
from airloom.ranking.evaluation.intervals import Estimate, Resampling

MODEL: Final = "model"
"""Folder of a model that passed the gate, as a server of models reads it."""
UPDATES: Final = "updates"
"""Folder of the low-rank updates, as PEFT reads them."""
TRAINING: Final = "training"
BASE_REPLIES: Final = "base_replies.json"
REPORT: Final = "report.json"


class TuningReport(NamedTuple):
    """What came of a fine-tuning.

    Attributes:
        epochs: Of rewards.
        arms: On held-out requests.
        reward_gain: The reward of the model's replies minus that of the model before, request by request.
        gate: Whether the model may be served.
        versions: Digests of the model before (`base_model`) and of the updates (`updates`).
    """

    epochs: tuple[EpochRecord, ...]
    arms: list[Arm]
    reward_gain: Estimate
    gate: TuningGate
    versions: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Return all numbers."""
        return {
            "epochs": [epoch._asdict() for epoch in self.epochs],
            "arms": [arm.to_json() for arm in self.arms],
            "reward_gain": self.reward_gain._asdict(),
            "leads": {name: lead._asdict() for name, lead in self.gate.leads.items()},
            "may_be_served": self.gate.shown,
            "versions": dict(self.versions),
        }


def tune(
    model: Path, sets: RequestSets, encoder: TextEncoder, settings: FineTuningSettings, *, folder: Path
) -> TuningReport:
    """Fine-tune a model, judge it and write `report.json` and the low-rank updates.

    Only a model that passes the gate is written to `folder/model`.

    Args:
        model: The folder or GGUF file of the model before.
        sets: The requests.
        encoder: Of the arm that compares embeddings.
        settings: How.
        folder: For all of it; a training that was stopped goes on from there.

    Raises:
        AirloomError: There is no such model, another process trains in the folder, or it holds another
            training.
    """
    with only_training(folder):
        policy = load_policy(model, lora=settings.lora, seed=settings.seed)
        training = folder / TRAINING
        before = _before(policy, sets, settings, training / BASE_REPLIES)
        judge = judge_of(sets, settings)
        epochs = fine_tune(policy, sets.training, judge, settings, folder=training)
        after = ModelReplies(held_out_replies(policy, sets, settings, what=TUNED), epochs)
        arms = run_arms(sets, encoder, {BASE: before, TUNED: after}, judge)
        gate = tuning_gate(by_name(arms), arms[0].groups, Resampling())
        versions = {"base_model": policy.digest}
        if is_first():
            versions["updates"] = save_updates(policy, folder / UPDATES)
        report = TuningReport(epochs, arms, _gain(arms), gate, versions)
        if is_first():
            if gate.shown:
                save_model(policy, folder / MODEL)
            write_text(folder / REPORT, json.dumps(report.to_json(), indent=2) + "\n")
    return report


def judge_of(sets: RequestSets, settings: FineTuningSettings) -> ReplyJudge:
    """Return what judges replies to requests of a catalogue."""
    snapshot = sets.graph.snapshot
    vectors = vectors_of_graph(snapshot.attributes, len(snapshot.objects.ids))
    return ReplyJudge(sets.graph, vectors, settings.reward)


def held_out_replies(
    policy: Policy, sets: RequestSets, settings: FineTuningSettings, *, what: str
) -> list[str]:
    """Return the likeliest replies of a model to the held-out requests; `what` names the bar of progress."""
    queries = [request.case.query for request in sets.held_out]
    return replies(policy, queries, max_tokens=settings.max_tokens, what=what)


def _before(policy: Policy, sets: RequestSets, settings: FineTuningSettings, file: Path) -> ModelReplies:
    """Return the replies of the model before, whose updates change nothing yet."""
    asked = [request.case.query for request in sets.held_out]
    return replies_once(
        file,
        digest_of(policy.digest, settings.max_tokens, asked),
        lambda: ModelReplies(held_out_replies(policy, sets, settings, what=BASE)),
    )


def _gain(arms: list[Arm]) -> Estimate:
    rewards = {arm.name: arm.reward for arm in arms if arm.reward is not None}
    return interval(rewards[TUNED] - rewards[BASE], arms[0].groups)
