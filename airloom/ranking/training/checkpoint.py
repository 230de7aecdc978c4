"""The state of a fit after an epoch, in one safetensors file: no pickle, written atomically."""

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
from airloom.files import atomic_file
from airloom.ranking.weights import sorted_weights


@dataclass
class Checkpoint:
    """How far a fit is, and its best weights.

    Attributes:
        curve: Training loss and held-out error of every epoch so far.
        best: The epoch (from 0) with the lowest held-out error.
        weights: The network's weights after it, by stored name.
    """

    weights: dict[str, Tensor]
    curve: list[tuple[float, ...]] = field(default_factory=list)
    best: int = 0

    @classmethod
    def start(cls, network: nn.Module) -> Checkpoint:
        """Return the checkpoint before the first epoch."""
        return cls(copy.deepcopy(sorted_weights(network)))

    def write(self, file: Path, network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Write the fit's state to `file`, which is replaced atomically."""
        tensors = {f"best.{name}": values for name, values in self.weights.items()}
        tensors |= {f"now.{name}": values for name, values in sorted_weights(network).items()}
        for index, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{name}": values for name, values in state.items()}
        progress = json.dumps({"curve": self.curve, "best": self.best})
        plain = {name: values.cpu().contiguous().clone() for name, values in tensors.items()}
        with atomic_file(file) as temporary:
            save_file(plain, temporary, metadata={"progress": progress})

    @classmethod
    def read(cls, file: Path, network: nn.Module, optimizer: torch.optim.Optimizer) -> Checkpoint:
        """Load `network` and `optimizer` from `file`; return how far the fit was.

        Raises:
            AirloomError: The file is damaged, or of a network of other sizes.
        """
        sections: dict[str, dict[str, Tensor]] = {"best": {}, "now": {}, "optimiser": {}}
        try:
            with safe_open(file, framework="pt") as stored:
                progress = json.loads(stored.metadata()["progress"])
                for key in stored.keys():  # noqa: SIM118 - not a dictionary
                    section, name = key.split(".", 1)
                    sections[section][name] = stored.get_tensor(key)
            network.load_state_dict(sections["now"])
            states: dict[int, dict[str, Tensor]] = {}
            for key, values in sections["optimiser"].items():
                index, name = key.split(".", 1)
                states.setdefault(int(index), {})[name] = values
            groups = optimizer.state_dict()["param_groups"]
            optimizer.load_state_dict({"state": states, "param_groups": groups})
            return cls(sections["best"], [tuple(losses) for losses in progress["curve"]], progress["best"])
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            raise AirloomError(
                f"{file} is not the checkpoint of this training ({type(error).__name__}: {error})",
                do="Remove it and train from the beginning",
            ) from error
