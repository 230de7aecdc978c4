"""Towers that several rankers of one training share: each is fitted once and kept in a folder."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safetensors import SafetensorError

from airloom.files import atomic_dir
from airloom.ranking.encoder.encoder import SequenceEncoder, load_encoder
from airloom.ranking.settings import EncoderSettings
from airloom.ranking.training.fit_tower import fit_tower
from airloom.ranking.training.settings import TrainingSettings
from airloom.ranking.training.training_loop import Epoch, Fitted
from airloom.ranking.training.training_view import TrainingView
from airloom.settings import as_dict

FIT: Final = "fit.json"


@dataclass(frozen=True)
class SharedTowers:
    """A `FitTower` that fits each tower once, whoever asks first; a training that was killed finds them.

    Attributes:
        folder: Of one training only: data, settings and code are not checked, but for what a tower reads.
    """

    folder: Path

    def __call__(
        self,
        view: TrainingView,
        tower: EncoderSettings,
        settings: TrainingSettings,
        *,
        what: str,
        checkpoint: Path | None = None,
    ) -> tuple[SequenceEncoder, Fitted]:
        """Return what `fit_tower` returns, from the folder if it is there."""
        key = json.dumps([as_dict(tower), view.snapshot.before], sort_keys=True)
        kept = self.folder / hashlib.sha256(key.encode()).hexdigest()[:16]
        try:
            fit = json.loads((kept / FIT).read_text(encoding="utf-8"))
            fitted = Fitted([Epoch(*losses) for losses in fit["curve"]], fit["best"])
            return SequenceEncoder(*load_encoder(kept, tower), view.snapshot), fitted
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError):
            pass  # none yet, or the rest of a folder whose removal was interrupted
        encoder, fitted = fit_tower(view, tower, settings, what=what, checkpoint=checkpoint)
        with atomic_dir(kept) as unfinished:
            encoder.save(unfinished)
            (unfinished / FIT).write_text(json.dumps(fitted._asdict()), encoding="utf-8")
        return encoder, fitted
