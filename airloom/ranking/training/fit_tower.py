"""First stage: a sequence encoder, fitted alone to all events before a moment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from airloom.ranking.catalogue import top_categories
from airloom.ranking.encoder.encoder import SequenceEncoder
from airloom.ranking.encoder.item_features import item_features
from airloom.ranking.encoder.network import EncoderNetwork
from airloom.ranking.settings import EncoderSettings
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.next_product_task import EncoderTrainingData, train_encoder
from airloom.ranking.training.settings import TrainingSettings
from airloom.ranking.training.training_loop import Fitted
from airloom.ranking.training.training_view import TrainingView


def fit_tower(
    view: TrainingView,
    tower: EncoderSettings,
    settings: TrainingSettings,
    *,
    what: str = "sequence encoder",
    checkpoint: Path | None = None,
) -> tuple[SequenceEncoder, Fitted]:
    """Return an encoder over the snapshot of `view`.

    If it reads ids, every object of `view` that has events has an id embedding.

    Args:
        view: What to learn from.
        tower: What it reads and how large it is.
        settings: How to train.
        what: Name of the progress bar.
        checkpoint: A file to resume from and to keep the state of training in.

    Raises:
        AirloomError: Too few users have a product to predict.
    """
    torch.manual_seed(settings.seed)
    snapshot, sequences = view
    seen = np.unique(sequences.objects) if tower.use_ids else np.empty(0, np.int32)
    item_id_rows = np.zeros(len(snapshot.objects.ids), np.int64)
    item_id_rows[seen] = np.arange(1, len(seen) + 1)
    nodes = len(snapshot.nodes.labels)
    network = EncoderNetwork(
        tower,
        objects=len(seen),
        nodes=nodes,
        text_dimensions=snapshot.objects.embeddings.shape[1],
    )
    fitted = train_encoder(
        network,
        EncoderTrainingData(
            sequences,
            item_features(snapshot, item_id_rows, nodes=nodes, text=tower.text),
            _pool_ids(snapshot, settings),
        ),
        settings.encoder,
        what=what,
        seed=settings.seed,
        checkpoint=checkpoint,
    )
    ids = snapshot.objects.ids
    return SequenceEncoder(network, [ids[row] for row in seen.tolist()], snapshot), fitted


def _pool_ids(snapshot: Snapshot, settings: TrainingSettings) -> NDArray[np.int32]:
    """Return which products are negatives of each other, int32 [O]; -1 for what may not be shown."""
    pool_ids = np.full(len(snapshot.objects.ids), -1, np.int32)
    tops = top_categories(snapshot) if settings.negatives_from == "same_top" else np.zeros_like(pool_ids)
    pool_ids[snapshot.products] = tops[snapshot.products]
    return pool_ids
