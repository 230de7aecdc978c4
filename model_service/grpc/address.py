"""Checks the address of gRPC while a mistake can still be reported in a sentence."""

from __future__ import annotations

from airloom.errors import AirloomError


def cannot_listen(address: str) -> AirloomError:
    """Return the error for an address that is not valid, or that is taken."""
    return AirloomError(
        f"gRPC cannot listen on {address}", do="Name a free port of this machine as host:port with --grpc"
    )
