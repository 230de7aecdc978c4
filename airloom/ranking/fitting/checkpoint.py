"""The state of a fit after an epoch, in one safetensors file: no pickle, whole or not at all."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from airloom.errors import AirloomError
from airloom.files import whole_file


@dataclass
class Checkpoint:
    """How far a fit has come.

    Attributes:
        curve: Training loss and held-out error of every epoch so far.
        best: The epoch (from 0) with the least held-out error.
        weights: The network's weights after it.
    """

    weights: dict[str, Tensor]
    curve: list[tuple[float, ...]] = field(default_factory=list)
    best: int = 0

    @classmethod
    def start(cls, network: nn.Module) -> Checkpoint:
        """Before the first epoch."""
        return cls(copy.deepcopy(network.state_dict()))

    def write(self, file: Path, network: nn.Module, optimiser: torch.optim.Optimizer) -> None:
        """Keep the fit's state; what it was before is replaced."""
        tensors = {f"best.{name}": values for name, values in self.weights.items()}
        tensors |= {f"now.{name}": values for name, values in network.state_dict().items()}
        for number, state in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{number}.{name}": values for name, values in state.items()}
        progress = json.dumps({"curve": self.curve, "best": self.best})
        plain = {name: values.cpu().contiguous().clone() for name, values in tensors.items()}
        with whole_file(file) as temporary:
            save_file(plain, temporary, metadata={"progress": progress})

    @classmethod
    def read(cls, file: Path, network: nn.Module, optimiser: torch.optim.Optimizer) -> Checkpoint:
        """Bring `network` and `optimiser` to the state in `file`.

        Raises:
            AirloomError: The file is damaged, or of a network of other sizes.
        """
        parts: dict[str, dict[str, Tensor]] = {"best": {}, "now": {}, "optimiser": {}}
        try:
            with safe_open(file, framework="pt") as stored:
                progress = json.loads(stored.metadata()["progress"])
                for key in stored.keys():  # noqa: SIM118 - not a dictionary
                    part, name = key.split(".", 1)
                    parts[part][name] = stored.get_tensor(key)
            network.load_state_dict(parts["now"])
            states: dict[int, dict[str, Tensor]] = {}
            for key, values in parts["optimiser"].items():
                number, name = key.split(".", 1)
                states.setdefault(int(number), {})[name] = values
            groups = optimiser.state_dict()["param_groups"]
            optimiser.load_state_dict({"state": states, "param_groups": groups})
            return cls(parts["best"], [tuple(losses) for losses in progress["curve"]], progress["best"])
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            raise AirloomError(
                f"{file} is not the checkpoint of this training ({type(error).__name__}: {error})",
                do="Remove it and train from the beginning",
            ) from error
