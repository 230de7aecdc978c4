"""The whole fine-tuning: sample requests, train, compare with what costs less, keep or leave out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.rft.arms import Arm, by_name, run_arms
from airloom.assistant.rft.checkpoint import EpochRecord
from airloom.assistant.rft.fine_tune import fine_tune, save_model, save_updates
from airloom.assistant.rft.gate import BASE, TUNED, TuningGate, tuning_gate
from airloom.assistant.rft.item_vectors import vectors_of_graph
from airloom.assistant.rft.judge import ReplyJudge
from airloom.assistant.rft.model_files import model_digest
from airloom.assistant.rft.policy import load_policy, replies
from airloom.assistant.rft.sampled_requests import SampledRequest, sample_requests
from airloom.assistant.rft.settings import FineTuningSettings
from airloom.intents.encoding import TextEncoder
from airloom.ranking.evaluation.intervals import Estimate, Resampling, mean_intervals

MODEL: Final = "model"
"""Folder of a model that passed the gate, as a server of models reads it."""
UPDATES: Final = "updates"
"""Folder of the low-rank updates, as PEFT reads them."""
TRAINING: Final = "training"
HELD_OUT_SHARE: Final = 0.25
"""Of the products: requests about them are only asked, never trained on."""


class SampledSets(NamedTuple):
    """Requests to train on, and requests about other products to judge by."""

    training: list[SampledRequest]
    held_out: list[SampledRequest]


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
            "arms": [
                {
                    "name": arm.name,
                    "ndcg@10": float(arm.ndcg.mean()),
                    "hit@1": float(arm.hit.mean()),
                    "share_by_rules": arm.share_by_rules,
                }
                for arm in self.arms
            ],
            "reward_gain": self.reward_gain._asdict(),
            "leads": {name: lead._asdict() for name, lead in self.gate.leads.items()},
            "may_be_served": self.gate.shown,
            "versions": dict(self.versions),
        }


def sampled_sets(
    graph: CatalogueGraph, bought: NDArray[np.int32], *, training: int, held_out: int, seed: int
) -> SampledSets:
    """Return requests to train on and requests to judge by, about different products.

    Args:
        graph: Of the catalogue.
        bought: int32 [n], rows of products that were ordered, once for each order.
        training: Requests to train on, at most.
        held_out: Requests to judge by, at most.
        seed: Of what is drawn.
    """
    random = np.random.default_rng(seed)
    is_held_out = random.random(len(graph.snapshot.objects.ids)) < HELD_OUT_SHARE
    return SampledSets(
        sample_requests(graph, bought[~is_held_out[bought]], count=training, seed=2 * seed),
        sample_requests(graph, bought[is_held_out[bought]], count=held_out, seed=2 * seed + 1),
    )


def tune(
    model: Path,
    sets: SampledSets,
    graph: CatalogueGraph,
    encoder: TextEncoder,
    settings: FineTuningSettings,
    *,
    folder: Path,
) -> TuningReport:
    """Fine-tune a model and judge it; only one that passes the gate is written to `folder/model`.

    The low-rank updates are written to `folder/updates` in any case.

    Args:
        model: The folder or GGUF file of the model before.
        sets: The requests.
        graph: Of the catalogue.
        encoder: Of the arm that compares embeddings.
        settings: How.
        folder: For the training, which goes on from there if it was stopped, and for the model.

    Raises:
        AirloomError: There is no such model, or the folder holds another training.
    """
    vectors = vectors_of_graph(graph.snapshot.attributes, len(graph.snapshot.objects.ids))
    judge = ReplyJudge(graph, vectors, settings.reward)
    cases = [request.case for request in sets.held_out]
    queries = [case.query for case in cases]
    policy = load_policy(model, lora=settings.lora, seed=settings.seed)
    before = replies(policy, queries, max_tokens=settings.max_tokens, what=BASE)
    epochs = fine_tune(policy, sets.training, judge, settings, folder=folder / TRAINING)
    after = replies(policy, queries, max_tokens=settings.max_tokens, what=TUNED)
    arms = run_arms(cases, graph, encoder, {BASE: before, TUNED: after})
    gains = _rewards(after, sets.held_out, judge) - _rewards(before, sets.held_out, judge)
    [gain] = mean_intervals([gains], np.arange(len(gains), dtype=np.int64), Resampling())
    gate = tuning_gate(by_name(arms), Resampling())
    versions = {"base_model": model_digest(model), "updates": save_updates(policy, folder / UPDATES)}
    if gate.shown:
        save_model(policy, folder / MODEL)
    return TuningReport(epochs, arms, gain, gate, versions)


def _rewards(
    texts: Sequence[str], requests: Sequence[SampledRequest], judge: ReplyJudge
) -> NDArray[np.float64]:
    """Return the reward of each reply; its length is not counted here."""
    return np.array(
        [
            judge(text, request.case, tokens=0).reward.total(judge.settings)
            for text, request in zip(texts, requests, strict=True)
        ]
    )
