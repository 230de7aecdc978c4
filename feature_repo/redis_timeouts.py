"""Redis clients with timeouts: by themselves they retry for seconds, and a page would wait."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import Future
from typing import Any, Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.connection import Connection, SSLConnection
from redis.retry import Retry


def set_timeouts(client: Redis, timeout_s: float) -> None:
    """Let `client` wait `timeout_s` at most until it is connected, name server included, and for each answer.

    It tries once. Timeouts that its URL sets stay. Its open connections have no timeout and are closed.
    """
    pool = client.connection_pool
    pool.connection_class = _WITH_TIMEOUT.get(pool.connection_class, pool.connection_class)
    for name in ("socket_timeout", "socket_connect_timeout"):
        if pool.connection_kwargs.get(name) is None:
            pool.connection_kwargs[name] = timeout_s
    pool.connection_kwargs["retry"] = Retry(NoBackoff(), 0)
    pool.disconnect()
    pool.reset()


class _TimeoutConnection(Connection):  # type: ignore[misc]  # has no types
    """Keeps one timeout for the name lookup and all addresses together.

    Names are looked up in another thread: a name server that hangs is waited for 30 seconds otherwise.
    """

    host: str
    socket_connect_timeout: float | None

    def _connect(self) -> socket.socket:
        name, timeout_s = self.host, self.socket_connect_timeout
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        failure: OSError | None = None
        try:
            for address in _addresses(name, self.port).result(timeout_s):
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    failure = failure or TimeoutError(f"{name} was not reached within {timeout_s:g} s")
                    break
                self.host, self.socket_connect_timeout = address, left
                try:
                    connected: socket.socket = super()._connect()
                except OSError as error:
                    failure = error
                else:
                    return connected
        finally:
            self.host, self.socket_connect_timeout = name, timeout_s  # certificates name the host
        raise failure or OSError(f"{name} has no address")


class _TimeoutSSLConnection(SSLConnection, _TimeoutConnection):  # type: ignore[misc]  # has no types
    """The same under TLS."""


_WITH_TIMEOUT: Final[dict[type[Any], type[Any]]] = {
    Connection: _TimeoutConnection,
    SSLConnection: _TimeoutSSLConnection,
}

_lookups: Final[dict[tuple[str, int], Future[list[str]]]] = {}
_lookups_lock: Final = threading.Lock()


def _addresses(name: str, port: int) -> Future[list[str]]:
    """Return the addresses behind a name; callers that come while it is looked up share one thread."""
    with _lookups_lock:
        if (name, port) in _lookups:
            return _lookups[name, port]
        addresses: Future[list[str]] = Future()
        threading.Thread(target=_look_up, args=(name, port, addresses), name="look-up", daemon=True).start()
        _lookups[name, port] = addresses
        return addresses


def _look_up(name: str, port: int, addresses: Future[list[str]]) -> None:
    try:
        answers = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except OSError as error:
        addresses.set_exception(error)
    except UnicodeError:  # a label that is empty or too long
        addresses.set_exception(OSError(f"{name} is no name of a host"))
    else:
        addresses.set_result([str(answer[0]) for *_, answer in answers])
    finally:
        with _lookups_lock:
            del _lookups[name, port]
