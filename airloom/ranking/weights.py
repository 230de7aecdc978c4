"""A network's weights as they are stored and digested: by name, sorted."""

from __future__ import annotations

import hashlib

from torch import Tensor, nn


def sorted_weights(network: nn.Module) -> dict[str, Tensor]:
    """Return the network's state in the order of the names."""
    return dict(sorted(network.state_dict().items()))


def weights_digest(network: nn.Module) -> str:
    """Return the SHA-256 of all weights and their names, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for name, values in sorted_weights(network).items():
        digest.update(f"{name} {tuple(values.shape)}".encode())
        digest.update(values.detach().cpu().contiguous().numpy().reshape(-1).data)
    return digest.hexdigest()[:16]
