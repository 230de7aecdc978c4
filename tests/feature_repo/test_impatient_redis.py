from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NotConnectedError
from redis.exceptions import TimeoutError as LateError

from feature_repo.impatient_redis import limit
from tests.redis_server import RedisServer

PATIENCE = 0.05
SLOW = 2.0
"""Far above the patience, and far below what a name server may take."""

LookUp = Callable[..., Any]


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every name server hangs until the test is over."""
    over = threading.Event()
    look_up: LookUp = socket.getaddrinfo

    def hang(host: str, *rest: Any, **more: Any) -> Any:
        if host.replace(".", "").isdigit():
            return look_up(host, *rest, **more)
        over.wait()
        raise OSError(f"nobody knows {host}")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    yield
    over.set()


def client_of(host: str, port: int, **more: Any) -> Redis:
    client = Redis(host=host, port=port, **more)
    limit(client, PATIENCE)
    return client


def test_a_server_is_found_by_its_name(server: RedisServer) -> None:
    client = client_of("localhost", server.port)
    assert client.ping()
    assert client.connection_pool.make_connection().host == "localhost"


@pytest.mark.usefixtures("hanging")
def test_a_name_server_that_hangs_is_not_waited_for(server: RedisServer) -> None:
    began = time.monotonic()
    with pytest.raises(LateError):
        client_of("redis.example", server.port).ping()
    assert time.monotonic() - began < SLOW


@pytest.mark.usefixtures("hanging")
def test_an_address_needs_no_name_server(server: RedisServer) -> None:
    assert client_of("127.0.0.1", server.port).ping()


def test_a_name_that_nobody_knows_is_a_server_that_cannot_be_reached(server: RedisServer) -> None:
    with pytest.raises(NotConnectedError):
        client_of("redis.invalid", server.port).ping()


def test_certificates_are_asked_for_by_name_and_not_by_address(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []

    def wrap(_: ssl.SSLContext, sock: socket.socket, *, server_hostname: str | None = None) -> None:
        asked.append(server_hostname)
        raise OSError("enough is known")

    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", wrap)
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(NotConnectedError):
        client_of("localhost", listening.getsockname()[1], ssl=True).ping()
    assert asked == ["localhost"]


def test_what_was_connected_before_is_limited_too(server: RedisServer) -> None:
    client: Redis = Redis(host="127.0.0.1", port=server.port)
    assert client.ping()
    limit(client, PATIENCE)
    server.freeze()
    began = time.monotonic()
    with pytest.raises(LateError):
        client.ping()
    assert time.monotonic() - began < SLOW
    server.thaw()
    assert client.ping()
