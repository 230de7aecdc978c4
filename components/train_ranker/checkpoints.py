"""Where the state of trainings lies that are not finished."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from airloom.logs.lake import Lake
from airloom.settings import as_dict
from airloom.sources import sources_digest
from components.build_training_set.dataset import describe


def checkpoint_folder(dataset: Path, lake: str, settings: object, *, kind: tuple[str, ...]) -> Path:
    """Return a lake folder for the state of a training; other data, settings or code have their own.

    Args:
        dataset: The training set.
        lake: Root of the lake.
        settings: A dataclass, all that the training depends on.
        kind: The folder of such trainings.
    """
    made_of = json.dumps([sources_digest(), as_dict(settings), describe(dataset)], sort_keys=True)
    return Lake(lake).path(*kind, hashlib.sha256(made_of.encode()).hexdigest()[:16])
