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

from feature_repo.redis_timeouts import set_timeouts
from tests.redis_server import RedisServer

STORE_TIMEOUT_S = 0.05
SLOW = 2.0
"""Far above the patience, and far below what a name server may take."""

LookUp = Callable[..., Any]


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every name server hangs until the test is over; what they are asked for."""
    over = threading.Event()
    asked: list[str] = []
    look_up: LookUp = socket.getaddrinfo

    def hang(host: str, *rest: Any, **more: Any) -> Any:
        if host.replace(".", "").isdigit():
            return look_up(host, *rest, **more)
        asked.append(host)
        over.wait(SLOW + 1)
        raise OSError(f"nobody knows {host}")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    yield asked
    over.set()


def client_of(host: str, port: int, **more: Any) -> Redis:
    client = Redis(host=host, port=port, **more)
    set_timeouts(client, STORE_TIMEOUT_S)
    return client


def behind(monkeypatch: pytest.MonkeyPatch, name: str, addresses: list[str]) -> None:
    """Let a name server know these addresses of a name."""
    look_up: LookUp = socket.getaddrinfo

    def known(host: str, port: int, *rest: Any, **more: Any) -> Any:
        if host != name:
            return look_up(host, port, *rest, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", known)


def test_a_server_is_found_by_its_name(redis_server: RedisServer) -> None:
    client = client_of("localhost", redis_server.port)
    assert client.ping()
    assert client.connection_pool.make_connection().host == "localhost"


@pytest.mark.usefixtures("hanging")
def test_a_name_server_that_hangs_is_not_waited_for() -> None:
    began = time.monotonic()
    with pytest.raises(LateError):
        client_of("redis.example", 6379).ping()
    assert time.monotonic() - began < SLOW


def test_all_who_wait_for_a_name_wait_for_one_thread(hanging: list[str]) -> None:
    for _ in range(20):
        with pytest.raises(LateError):
            client_of("another.example", 6379).ping()
    assert hanging == ["another.example"]


@pytest.mark.usefixtures("hanging")
def test_an_address_needs_no_name_server(redis_server: RedisServer) -> None:
    assert client_of("127.0.0.1", redis_server.port).ping()


@pytest.mark.parametrize(
    ("host", "error"),
    [("redis.example", socket.gaierror(-2, "Name or service not known")), ("redis..example", None)],
)
def test_a_name_that_nobody_knows_is_a_server_that_cannot_be_reached(
    monkeypatch: pytest.MonkeyPatch, host: str, error: OSError | None
) -> None:
    def nobody(*_: Any, **__: Any) -> Any:
        assert error is not None
        raise error

    if error is not None:
        monkeypatch.setattr(socket, "getaddrinfo", nobody)
    with pytest.raises(NotConnectedError):
        client_of(host, 6379).ping()


def test_all_addresses_together_are_waited_for_no_longer_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def silent(self: socket.socket, address: Any) -> None:
        tried.append(address)
        time.sleep(self.gettimeout() or SLOW)
        raise TimeoutError

    many = [f"127.0.0.{last}" for last in range(2, 42)]
    behind(monkeypatch, "many", many)
    monkeypatch.setattr(socket.socket, "connect", silent)
    with pytest.raises(LateError):
        client_of("many", 1).ping()
    assert len(tried) < len(many)


def test_a_look_up_that_takes_all_the_time_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    behind(monkeypatch, "late", ["127.0.0.1"])
    client = client_of("late", 1)
    connection = client.connection_pool.make_connection()
    clock = iter([0.0, STORE_TIMEOUT_S])
    monkeypatch.setattr("feature_repo.redis_timeouts.time.monotonic", lambda: next(clock, SLOW))
    with pytest.raises(TimeoutError, match="late was not reached within"):
        connection._connect()


def test_the_next_address_is_tried_where_one_refuses(
    monkeypatch: pytest.MonkeyPatch, redis_server: RedisServer
) -> None:
    behind(monkeypatch, "two", ["127.0.0.2", "127.0.0.1"])
    assert client_of("two", redis_server.port).ping()


def test_certificates_are_asked_for_by_name_and_not_by_address(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []

    def wrap(_: ssl.SSLContext, sock: socket.socket, *, server_hostname: str | None = None) -> None:
        asked.append(server_hostname)
        raise OSError("enough is known")

    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", wrap)
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(NotConnectedError):
        client_of("localhost", listening.getsockname()[1], ssl=True).ping()
    assert asked == ["localhost"]


def test_limits_that_are_there_stay() -> None:
    client = client_of("localhost", 6379, socket_timeout=0.2)
    limits = client.connection_pool.connection_kwargs
    assert limits["socket_timeout"] == 0.2
    assert limits["socket_connect_timeout"] == STORE_TIMEOUT_S


def test_what_was_connected_before_is_limited_too(redis_server: RedisServer) -> None:
    client: Redis = Redis(host="127.0.0.1", port=redis_server.port)
    assert client.ping()
    set_timeouts(client, STORE_TIMEOUT_S)
    redis_server.freeze()
    began = time.monotonic()
    with pytest.raises(LateError):
        client.ping()
    assert time.monotonic() - began < SLOW
    redis_server.thaw()
    assert client.ping()
