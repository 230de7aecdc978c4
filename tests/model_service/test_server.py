from __future__ import annotations

import socket

import pytest

from airloom.errors import AirloomError
from model_service.server import bind, check_grpc


def test_port_0_takes_a_free_one() -> None:
    with bind("127.0.0.1", 0) as listener:
        assert listener.getsockname()[1] > 0


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            AirloomError, match=rf"Port {port} of 127\.0\.0\.1 cannot be used \(Address already"
        ):
            bind("127.0.0.1", port)


@pytest.mark.parametrize("port", [-1, 99_999])
def test_a_number_that_is_no_port_is_explained(port: int) -> None:
    with pytest.raises(AirloomError, match=rf"Port {port} .*between 0 and 65535\).*--port"):
        bind("127.0.0.1", port)


@pytest.mark.parametrize(
    "address", ["3901", ":3901", "127.0.0.1", "127.0.0.1:99999", "no.such.host.example:1"]
)
def test_where_grpc_cannot_listen_is_said_before_anything_is_loaded(address: str) -> None:
    with pytest.raises(AirloomError, match=rf"gRPC cannot listen on {address}\. .* with --grpc"):
        check_grpc(address)


def test_a_port_that_is_taken_is_none_for_grpc() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(AirloomError, match=f"gRPC cannot listen on {address}"):
            check_grpc(address)
    check_grpc(address)
