"""Training a ranker: towers that have not seen the labels, the second stage, and the towers that serve.

The result depends only on the examples, the two views, the settings and the number of threads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from airloom.ranking.air import AirRanker
from airloom.ranking.encoder.encoder import SequenceEncoder
from airloom.ranking.encoder.towers import Towers
from airloom.ranking.settings import EncoderSettings
from airloom.ranking.training.examples import Example
from airloom.ranking.training.fit_second_stage import FittedStage, fit_second_stage
from airloom.ranking.training.fit_stack import HeldOutLosses
from airloom.ranking.training.fit_tower import fit_tower
from airloom.ranking.training.settings import TrainingSettings
from airloom.ranking.training.training_loop import Fitted
from airloom.ranking.training.training_view import TrainingView

BEFORE: Final = "before the labels"
NOW: Final = "to serve"
NETWORK: Final = "network.safetensors"
"""The checkpoint file of the network's fit; each tower's is named after it and the moment."""


class Trained(NamedTuple):
    """A ranker, and how it was fitted.

    Attributes:
        ranker: It has no tower that counts nothing.
        towers: The losses of the towers that serve, by name.
        network: The losses of the network.
        held_out: Losses of the second stage on the held-out labels.
    """

    ranker: AirRanker
    towers: Mapping[str, Fitted]
    network: Fitted
    held_out: HeldOutLosses


class FitTower(Protocol):
    """Fits a sequence encoder, see `airloom.ranking.training.fit_tower.fit_tower`."""

    def __call__(
        self,
        view: TrainingView,
        tower: EncoderSettings,
        settings: TrainingSettings,
        *,
        what: str,
        checkpoint: Path | None,
    ) -> tuple[SequenceEncoder, Fitted]:
        """Return an encoder fitted to `view`, over its snapshot."""
        ...


def train(
    examples: Sequence[Example],
    before: TrainingView,
    now: TrainingView,
    settings: TrainingSettings,
    *,
    kept: Trained | None = None,
    checkpoints: Path | None = None,
    tower_of: FitTower = fit_tower,
) -> Trained:
    """Return a ranker trained on `examples`, which must be sorted by time.

    The second stage learns from labels that its towers have not seen, so their scores are as reliable in
    training as they will be in service. Then the towers are fitted again to everything, labels included, and
    replace the first ones: they know the newest events. (Stacked generalization does the same with its first
    stage; Wolpert, Neural Networks 1992.)

    Args:
        examples: Read with the snapshot of `before`.
        before: What was known before the first example.
        now: What is known when the ranker begins to serve.
        settings: How to train.
        kept: Trained with the same but for inferred behaviors, which only the stack reads: all but the stack
            is taken from it.
        checkpoints: A folder to resume from and to keep the state of training in.
        tower_of: Fits a tower; a caller whose rankers share towers gives its own.

    Raises:
        AirloomError: There is too little to learn from.
    """
    unseen_labels, _ = fit_towers(before, settings, BEFORE, checkpoints=checkpoints, tower_of=tower_of)
    file = checkpoints and checkpoints / NETWORK
    kept_stage = kept and FittedStage(kept.ranker.stage, kept.network, kept.held_out)
    fitted = fit_second_stage(
        examples, before.snapshot, unseen_labels, settings, kept=kept_stage, checkpoint=file
    )
    serving = replace(settings, ranker=settings.ranker.without_unused(fitted.stage.weights._asdict()))
    towers, tower_fits = fit_towers(now, serving, NOW, checkpoints=checkpoints, tower_of=tower_of)
    ranker = AirRanker(fitted.stage, towers, serving.ranker, now.snapshot)
    return Trained(ranker, tower_fits, fitted.network, fitted.held_out)


def fit_towers(
    view: TrainingView,
    settings: TrainingSettings,
    moment: str,
    *,
    checkpoints: Path | None = None,
    tower_of: FitTower = fit_tower,
) -> tuple[Towers, dict[str, Fitted]]:
    """Return all towers of `settings`, each fitted alone to `view`, and their losses by name.

    Args:
        view: What to learn from.
        settings: How to train.
        moment: `BEFORE` or `NOW`.
        checkpoints: A folder to resume from and to keep the state of training in.
        tower_of: Fits one tower.
    """
    fits = {
        name: tower_of(
            view,
            tower,
            settings,
            what=f"{name} tower {moment}",
            checkpoint=checkpoints and checkpoints / f"{name}_tower_{moment.replace(' ', '_')}.safetensors",
        )
        for name, tower in settings.ranker.towers.trained().items()
    }
    towers = Towers({name: encoder for name, (encoder, _) in fits.items()})
    return towers, {name: fitted for name, (_, fitted) in fits.items()}
