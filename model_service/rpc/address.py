"""Where gRPC is served, and what is said if it cannot be served there."""

from __future__ import annotations

from airloom.errors import AirloomError


def cannot_listen(address: str) -> AirloomError:
    """The error for an address that is none, or that is taken."""
    return AirloomError(
        f"gRPC cannot listen on {address}", do="Name a free port of this machine as host:port with --grpc"
    )
