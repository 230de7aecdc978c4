"""Redis clients that fail soon: by themselves they try again for seconds, and a page would wait."""

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


def limit(client: Redis, seconds: float) -> None:
    """Let `client` wait so long at most until it is connected, name server included, and for each answer.

    It tries once. Limits that its URL sets stay. What it was connected to before has none and is closed.
    """
    pool = client.connection_pool
    pool.connection_class = _IMPATIENT.get(pool.connection_class, pool.connection_class)
    for name in ("socket_timeout", "socket_connect_timeout"):
        if pool.connection_kwargs.get(name) is None:
            pool.connection_kwargs[name] = seconds
    pool.connection_kwargs["retry"] = Retry(NoBackoff(), 0)
    pool.disconnect()
    pool.reset()


class _ImpatientConnection(Connection):  # type: ignore[misc]  # has no types
    """Keeps one limit for the name and all of its addresses.

    Names are looked up in another thread: a name server that hangs is waited for 30 seconds otherwise.
    """

    host: str
    socket_connect_timeout: float | None

    def _connect(self) -> socket.socket:
        name, patience = self.host, self.socket_connect_timeout
        until = None if patience is None else time.monotonic() + patience
        failed: OSError | None = None
        try:
            for address in _look_up(name, self.port).result(patience):
                left = None if until is None else until - time.monotonic()
                if left is not None and left <= 0:
                    break
                self.host, self.socket_connect_timeout = address, left
                try:
                    connected: socket.socket = super()._connect()
                except OSError as error:
                    failed = error
                else:
                    return connected
        finally:
            self.host, self.socket_connect_timeout = name, patience  # certificates name the host
        raise failed or OSError(f"{name} has no address")


class _ImpatientSSLConnection(SSLConnection, _ImpatientConnection):  # type: ignore[misc]  # has no types
    """The same under TLS."""


_IMPATIENT: Final[dict[type[Any], type[Any]]] = {
    Connection: _ImpatientConnection,
    SSLConnection: _ImpatientSSLConnection,
}

_asked: Final[dict[tuple[str, int], Future[list[str]]]] = {}
_asking: Final = threading.Lock()


def _look_up(name: str, port: int) -> Future[list[str]]:
    """The addresses behind a name; whoever asks while it is looked up waits for the same thread."""
    with _asking:
        if (name, port) in _asked:
            return _asked[name, port]
        found: Future[list[str]] = Future()
        threading.Thread(target=_ask, args=(name, port, found), name="look-up", daemon=True).start()
        _asked[name, port] = found
        return found


def _ask(name: str, port: int, found: Future[list[str]]) -> None:
    try:
        addresses = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except OSError as error:
        found.set_exception(error)
    except UnicodeError:  # a label that is empty or too long
        found.set_exception(OSError(f"{name} is no name of a host"))
    else:
        found.set_result([str(address[0]) for *_, address in addresses])
    finally:
        with _asking:
            del _asked[name, port]
