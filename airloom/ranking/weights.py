"""Weights of a network, told apart by their content."""

from __future__ import annotations

import hashlib

from torch import nn


def weights_digest(module: nn.Module) -> str:
    """SHA-256 of all weights of a network and their names, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for name, values in sorted(module.state_dict().items()):
        digest.update(f"{name} {tuple(values.shape)}".encode())
        digest.update(values.detach().cpu().contiguous().numpy().reshape(-1))
    return digest.hexdigest()[:16]
