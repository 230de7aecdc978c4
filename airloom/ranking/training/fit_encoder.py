"""First stage: the sequence encoder, fitted to everything that anybody did before a moment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from airloom.ranking.catalogue import top_categories
from airloom.ranking.encoder.encoder import SequenceEncoder
from airloom.ranking.encoder.network import EncoderNetwork
from airloom.ranking.encoder.training import Material, train_encoder
from airloom.ranking.encoder.traits import traits_of
from airloom.ranking.fitting.fit import Fitted
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.past import Past
from airloom.ranking.training.settings import TrainingSettings


def fit_encoder(
    past: Past, settings: TrainingSettings, *, what: str = "sequence encoder", checkpoint: Path | None = None
) -> tuple[SequenceEncoder, Fitted]:
    """An encoder that knows the objects of `past`, over its snapshot.

    Args:
        past: What to learn from.
        settings: How.
        what: Name of the progress bar.
        checkpoint: A file to go on from and to keep the state of training in.

    Raises:
        AirloomError: There is hardly a product to foretell.
    """
    torch.manual_seed(settings.seed)
    snapshot, sequences = past
    known = np.unique(sequences.objects)
    own = np.zeros(len(snapshot.objects.ids), np.int64)
    own[known] = np.arange(1, len(known) + 1)
    nodes = len(snapshot.nodes.labels)
    network = EncoderNetwork(
        settings.ranker.encoder,
        objects=len(known),
        nodes=nodes,
        text_dimensions=snapshot.objects.embeddings.shape[1],
    )
    fitted = train_encoder(
        network,
        Material(sequences, traits_of(snapshot, own, nodes=nodes), _groups(snapshot, settings)),
        settings.encoder,
        what=what,
        seed=settings.seed,
        checkpoint=checkpoint,
    )
    ids = snapshot.objects.ids
    return SequenceEncoder(network, [ids[row] for row in known.tolist()], snapshot), fitted


def _groups(snapshot: Snapshot, settings: TrainingSettings) -> NDArray[np.int32]:
    """Which products compete with each other, int32 [O]; -1 for what is no product that may be shown."""
    groups = np.full(len(snapshot.objects.ids), -1, np.int32)
    tops = top_categories(snapshot) if settings.negatives_from == "same_top" else np.zeros_like(groups)
    groups[snapshot.products] = tops[snapshot.products]
    return groups
