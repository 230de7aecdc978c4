"""With or without intents: which of two trained rankers serves, and what the choice rests on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from airloom.files import atomic_dir, write_text
from airloom.ranking.evaluation.intervals import Resampling, mean_intervals
from airloom.ranking.training.fit_stack import HeldOutLosses

RANKER: Final = "ranker"
"""Folder of what serves: a copy of one of the next two."""
WITH_INTENTS: Final = "with_intents"
WITHOUT_INTENTS: Final = "without_intents"
CHOICE: Final = "choice.json"


def choose(model: Path, held_out: Mapping[str, HeldOutLosses]) -> str:
    """Copy the better ranker of `model` to `model/ranker`, and say in `model/choice.json` which it was.

    Args:
        model: The folder of both rankers.
        held_out: Of `WITH_INTENTS` and `WITHOUT_INTENTS`, on the same labels; of equal ones the first is
            better.

    Returns:
        `WITH_INTENTS` or `WITHOUT_INTENTS`.
    """
    intents, control = held_out[WITH_INTENTS], held_out[WITHOUT_INTENTS]
    chosen = WITH_INTENTS if intents.mean <= control.mean else WITHOUT_INTENTS
    with atomic_dir(model / RANKER) as served:
        shutil.copytree(model / chosen, served, dirs_exist_ok=True)
    gain, shares = control.mean - intents.mean, intents.label_weights / np.mean(intents.label_weights)
    gains = gain + shares * (control.losses - intents.losses - gain)  # a ratio of two sums, linearized
    resampling = Resampling()
    [gained] = mean_intervals([gains], intents.users, resampling)
    choice = {
        "chosen": chosen,
        "losses": {name: losses.mean for name, losses in held_out.items()},
        "gained_by_intents": gained._asdict() | {"confidence": resampling.confidence},
        "labels": len(intents.losses),
        "users": len(np.unique(intents.users)),
    }
    write_text(model / CHOICE, json.dumps(choice, indent=2, sort_keys=True) + "\n")
    return chosen


def choice_text(choice: Mapping[str, Any]) -> str:
    """Return what `choice.json` says, in sentences for reports and model cards."""
    losses, gained = choice["losses"], choice["gained_by_intents"]
    served = "reads intents" if choice["chosen"] == WITH_INTENTS else "reads no intents"
    includes_0 = gained["low"] <= 0 <= gained["high"]
    unsure = "; the interval includes 0, and the lower loss decides" if includes_0 else ""
    return (
        f"This ranker {served}. The latest {choice['labels']:,} labels, of {choice['users']:,} users, are "
        "held out: of the network they only decide when its training stops. On them the loss is "
        f"{losses[WITH_INTENTS]:.4f} with intents and {losses[WITHOUT_INTENTS]:.4f} without, each user "
        "judged by weights of the stack that were fitted to other users. Intents gain "
        f"{gained['mean']:+.4f}, {gained['confidence']:.0%} CI {gained['low']:+.4f} to {gained['high']:+.4f}"
        f"{unsure}."
    )
