"""Training a ranker: an encoder that has not seen the labels, the network, and the encoder that serves.

The result depends on the examples, the two pasts, the settings and the number of threads alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from airloom.ranking.air import AirRanker
from airloom.ranking.encoder.encoder import SequenceEncoder
from airloom.ranking.fitting.fit import Fitted
from airloom.ranking.training.examples import Example
from airloom.ranking.training.fit_encoder import fit_encoder
from airloom.ranking.training.fit_network import fit_network
from airloom.ranking.training.past import Past
from airloom.ranking.training.settings import TrainingSettings

CHECKPOINTS: Final = ("encoder_before.safetensors", "network.safetensors", "encoder.safetensors")
"""What is kept of each of the three fits, in their order."""


class Trained(NamedTuple):
    """A ranker and how it came about: the losses of the encoder that serves and of the network."""

    ranker: AirRanker
    encoder: Fitted
    network: Fitted


class FitEncoder(Protocol):
    """How an encoder is come by, see `airloom.ranking.training.fit_encoder.fit_encoder`."""

    def __call__(
        self, past: Past, settings: TrainingSettings, *, what: str, checkpoint: Path | None
    ) -> tuple[SequenceEncoder, Fitted]:
        """An encoder that has seen `past`, over its snapshot."""
        ...


def train(
    examples: Sequence[Example],
    before: Past,
    now: Past,
    settings: TrainingSettings,
    *,
    checkpoints: Path | None = None,
    encoder_of: FitEncoder = fit_encoder,
) -> Trained:
    """Train a ranker on `examples`, which must be sorted by time.

    The network learns from labels that its encoder has not seen, so that it trusts what the encoder says of
    them as much as it may trust what the encoder will say of the future. Then the encoder is made once more
    from everything, labels included, and takes the place of the first: it knows what is newest. (Stacked
    generalisation does the same with its first stage; Wolpert, Neural Networks 1992.)

    Args:
        examples: Read with the snapshot of `before`.
        before: What was known before the first example.
        now: What is known when the ranker begins to serve.
        settings: How to train.
        checkpoints: A folder to go on from and to keep the state of training in.
        encoder_of: Fits both encoders; another where rankers share them.

    Raises:
        AirloomError: There is too little to learn from.
    """
    first, second, third = (checkpoints / name if checkpoints else None for name in CHECKPOINTS)
    unaware, _ = encoder_of(before, settings, what="encoder before the labels", checkpoint=first)
    network, network_fit = fit_network(examples, before.snapshot, unaware, settings, checkpoint=second)
    encoder, encoder_fit = encoder_of(now, settings, what="sequence encoder", checkpoint=third)
    return Trained(AirRanker(network, encoder, settings.ranker, now.snapshot), encoder_fit, network_fit)
