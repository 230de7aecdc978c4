"""The settings of a fine-tuning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from airloom.assistant.rft.advantages import PENALTY, Scale
from airloom.assistant.rft.curriculum import EASY


@dataclass(frozen=True)
class LoraSettings:
    """Low-rank updates of all linear layers (Hu et al., arXiv 2106.09685).

    Attributes:
        rank: Of an update.
        alpha: Its scale, over the rank.
    """

    rank: int = 16
    alpha: int = 32


@dataclass(frozen=True)
class WarmUpSettings:
    """Supervised fine-tuning on known readings: from a model that never writes one, rewards teach nothing.

    Attributes:
        epochs: Passes over the requests; 0 for none.
        learning_rate: Of AdamW.
        batch_size: Requests of a step.
    """

    epochs: int = 1
    learning_rate: float = 2e-4
    batch_size: int = 8


@dataclass(frozen=True)
class ReinforcementSettings:
    """Group-relative policy optimization; the defaults are ReRec's where it names them.

    Attributes:
        epochs: Passes over what the curriculum leaves; 0 for none.
        learning_rate: Of AdamW.
        group_size: Replies to one request.
        requests_per_step: Requests whose replies make one step.
        kl: Weight of the divergence from the model at the beginning of the epoch, as in the iterative GRPO of
            arXiv 2402.03300, algorithm 1; 0 spares one forward pass.
        temperature: Of the replies.
        scale: Whose standard deviation divides advantages.
        penalty: Share of its reward that a wrong step loses; 0 is plain GRPO.
        curriculum: Whether easy requests are left out and the easier ones come first; else every epoch trains
            on all of them, in their order.
        easy: A request below this difficulty is easy.
        vllm_url: Of a server started by `trl vllm-serve`, which writes the replies; empty: the model itself.
    """

    epochs: int = 3
    learning_rate: float = 5e-6
    group_size: int = 5
    requests_per_step: int = 4
    kl: float = 0.01
    temperature: float = 1.0
    scale: Scale = "group"
    penalty: float = PENALTY
    curriculum: bool = True
    easy: float = EASY
    vllm_url: str = ""


@dataclass(frozen=True)
class RewardSettings:
    """Weights of the parts of a reward; the defaults are those of ReRec's public code.

    Attributes:
        format: Of a reply that is a reading.
        ranking: Of the answer's NDCG.
        ranking_k: Products of an answer that count.
        query_alignment: Of the share of the request's conditions that the first product meets.
        preference_alignment: Of the likeness of the first product to those that answer.
        in_catalogue: Of the share of what the reply names that the catalogue has.
        length: Of tokens beyond `max_tokens`.
        max_tokens: Of a reply that is not too long.
    """

    format: float = 0.1
    ranking: float = 1.0
    ranking_k: int = 1
    query_alignment: float = 0.01
    preference_alignment: float = 0.01
    in_catalogue: float = 0.0
    length: float = 0.0
    max_tokens: int = 192


OURS: Final = RewardSettings(
    ranking_k=10, query_alignment=0.3, preference_alignment=0.05, in_catalogue=0.1, length=0.1
)
"""An arm in which an answer that is partly right is worth something, so that fewer groups are all alike."""


@dataclass(frozen=True)
class FineTuningSettings:
    """How a model that reads requests is fine-tuned.

    Attributes:
        seed: Of everything that is drawn.
        max_tokens: Of a reply.
        lora: The weights that are trained.
        warm_up: What comes first.
        reinforcement: What comes then.
        reward: What a reply is worth.
    """

    seed: int = 0
    max_tokens: int = 256
    lora: LoraSettings = field(default_factory=LoraSettings)
    warm_up: WarmUpSettings = field(default_factory=WarmUpSettings)
    reinforcement: ReinforcementSettings = field(default_factory=ReinforcementSettings)
    reward: RewardSettings = field(default_factory=RewardSettings)
