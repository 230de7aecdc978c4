"""A network's weights under the names in which they are stored and digested.

Those names are a format on disk: when an attribute of a network is renamed, its stored name stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from torch import Tensor, nn

_STORED_NAMES: Final = {
    "ensemble_members": "members",
    "item_id": "own",
    "logit_scale": "sharpness",
    "attention_norm": "before",
    "mlp_norm": "inner",
    "query_key_value": "mixed",
    "attention_output": "joined",
    "step_bias": "by_step",
    "gap_bias": "by_gap",
    "mlp": "feed",
    "null_token": "nothing",
    "retrieved_node": "chain",
}
"""Attribute of a network -> its name in a stored file, where the two differ."""
_ATTRIBUTES: Final = {stored: attribute for attribute, stored in _STORED_NAMES.items()}


def stored_weights(network: nn.Module) -> dict[str, Tensor]:
    """Return the network's state by stored name, in the order of the names."""
    state = {_renamed(name, _STORED_NAMES): values for name, values in network.state_dict().items()}
    return dict(sorted(state.items()))


def load_stored_weights(network: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Set the network's state from weights by stored name.

    Raises:
        RuntimeError: A weight is missing, unknown or of another shape.
    """
    network.load_state_dict({_renamed(name, _ATTRIBUTES): values for name, values in weights.items()})


def weights_digest(network: nn.Module) -> str:
    """Return the SHA-256 of all weights and their stored names, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for name, values in stored_weights(network).items():
        digest.update(f"{name} {tuple(values.shape)}".encode())
        digest.update(values.detach().cpu().contiguous().numpy().reshape(-1).data)
    return digest.hexdigest()[:16]


def _renamed(path: str, names: Mapping[str, str]) -> str:
    return ".".join(names.get(part, part) for part in path.split("."))
