"""Training a ranker in three fits: an encoder that has not seen the labels, the network, the serving encoder.

The result depends only on the examples, the two views, the settings and the number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from airloom.ranking.air import AirRanker
from airloom.ranking.encoder.encoder import SequenceEncoder
from airloom.ranking.training.examples import Example
from airloom.ranking.training.fit_encoder import fit_encoder
from airloom.ranking.training.fit_network import fit_network
from airloom.ranking.training.settings import TrainingSettings
from airloom.ranking.training.training_loop import Fitted
from airloom.ranking.training.training_view import TrainingView

CHECKPOINTS: Final = ("encoder_before.safetensors", "network.safetensors", "encoder.safetensors")
"""The checkpoint files of the three fits, in their order."""


class Trained(NamedTuple):
    """A ranker, and the losses of the encoder that serves and of the network."""

    ranker: AirRanker
    encoder: Fitted
    network: Fitted


class FitEncoder(Protocol):
    """Fits an encoder, see `airloom.ranking.training.fit_encoder.fit_encoder`."""

    def __call__(
        self, view: TrainingView, settings: TrainingSettings, *, what: str, checkpoint: Path | None
    ) -> tuple[SequenceEncoder, Fitted]:
        """Return an encoder fitted to `view`, over its snapshot."""
        ...


def train(
    examples: Sequence[Example],
    before: TrainingView,
    now: TrainingView,
    settings: TrainingSettings,
    *,
    checkpoints: Path | None = None,
    encoder_of: FitEncoder = fit_encoder,
) -> Trained:
    """Return a ranker trained on `examples`, which must be sorted by time.

    The network learns from labels that its encoder has not seen, so the encoder's scores are as reliable in
    training as they will be in service. Then the encoder is fitted again to everything, labels included, and
    replaces the first: it knows the newest events. (Stacked generalization does the same with its first
    stage; Wolpert, Neural Networks 1992.)

    Args:
        examples: Read with the snapshot of `before`.
        before: What was known before the first example.
        now: What is known when the ranker begins to serve.
        settings: How to train.
        checkpoints: A folder to resume from and to keep the state of training in.
        encoder_of: Fits both encoders; a caller whose rankers share encoders gives its own.

    Raises:
        AirloomError: There is too little to learn from.
    """
    first, second, third = (checkpoints / name if checkpoints else None for name in CHECKPOINTS)
    unseen_labels, _ = encoder_of(before, settings, what="encoder before the labels", checkpoint=first)
    network, network_fit = fit_network(examples, before.snapshot, unseen_labels, settings, checkpoint=second)
    encoder, encoder_fit = encoder_of(now, settings, what="sequence encoder", checkpoint=third)
    return Trained(AirRanker(network, encoder, settings.ranker, now.snapshot), encoder_fit, network_fit)
