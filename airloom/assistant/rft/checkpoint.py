"""The state of a fine-tuning after a whole epoch: weights, optimizer, difficulties and records; no pickle."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from airloom.assistant.rft.processes import is_first
from airloom.errors import AirloomError
from airloom.files import atomic_dir

_WEIGHTS: Final = "adapter.safetensors"
_OPTIMIZER: Final = "optimizer.safetensors"
_PROGRESS: Final = "progress.json"
_PREFIX: Final = "epoch-"


class EpochRecord(NamedTuple):
    """What an epoch of rewards was like.

    Attributes:
        epoch: From 0.
        requests: That were trained on.
        replies: That were judged.
        reward: Their mean.
        share_without_variance: Of groups whose replies all earned the same.
    """

    epoch: int
    requests: int
    replies: int
    reward: float
    share_without_variance: float


class TrainingProgress(NamedTuple):
    """How far a training is.

    Attributes:
        settings: The digest of the model, settings and requests that it belongs to.
        difficulties: Of the curriculum.
        records: Of the epochs of rewards that have ended.
    """

    settings: str
    difficulties: Mapping[str, float]
    records: tuple[EpochRecord, ...]


def write_checkpoint(folder: Path, progress: TrainingProgress, model: Any, optimizer: Any) -> None:
    """Write the state after an epoch, in the first process; of older ones nothing is kept."""
    if not is_first():
        return
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    epoch = folder / f"{_PREFIX}{len(progress.records):04d}"
    with atomic_dir(epoch) as path:
        weights = get_peft_model_state_dict(model)
        save_file({name: weight.contiguous().cpu() for name, weight in weights.items()}, path / _WEIGHTS)
        save_file(_states(optimizer), path / _OPTIMIZER)
        text = json.dumps(
            progress._asdict() | {"records": [record._asdict() for record in progress.records]}, indent=2
        )
        (path / _PROGRESS).write_text(text + "\n", encoding="utf-8")
    for older in _epochs(folder)[:-1]:
        shutil.rmtree(older)


def read_checkpoint(folder: Path, settings: str, model: Any, optimizer: Any) -> TrainingProgress | None:
    """Put the last state into a model and its optimizer, and return how far it is; None if there is none.

    Raises:
        AirloomError: It belongs to another model, other settings or requests.
    """
    from peft import set_peft_model_state_dict
    from safetensors.torch import load_file

    epochs = _epochs(folder)
    if not epochs:
        return None
    progress = json.loads((epochs[-1] / _PROGRESS).read_text(encoding="utf-8"))
    if progress["settings"] != settings:
        raise AirloomError(
            f"{folder} holds a training of another model, other settings or requests",
            do="Name another folder, or remove this one",
        )
    set_peft_model_state_dict(model, load_file(epochs[-1] / _WEIGHTS))
    _restore(optimizer, load_file(epochs[-1] / _OPTIMIZER))
    records = tuple(EpochRecord(**record) for record in progress["records"])
    return TrainingProgress(settings, progress["difficulties"], records)


def _epochs(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{_PREFIX}*"))


def _parameters(optimizer: Any) -> list[Any]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _states(optimizer: Any) -> dict[str, Any]:
    return {
        f"{number}.{name}": value.contiguous().cpu()
        for number, parameter in enumerate(_parameters(optimizer))
        for name, value in optimizer.state.get(parameter, {}).items()
    }


def _restore(optimizer: Any, states: Mapping[str, Any]) -> None:
    parameters = _parameters(optimizer)
    for key, value in states.items():
        number, _, name = key.partition(".")
        parameter = parameters[int(number)]
        on = value if name == "step" else value.to(parameter.device)
        optimizer.state[parameter][name] = on
