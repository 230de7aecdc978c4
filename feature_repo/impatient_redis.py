"""Redis clients that fail soon: by themselves they try again for seconds, and a page would wait."""

from __future__ import annotations

import socket
import threading
from queue import Empty, SimpleQueue
from typing import Any, Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.connection import Connection, SSLConnection
from redis.retry import Retry


def limit(client: Redis, seconds: float) -> None:
    """Let `client` wait so long at most to find the server's address, to connect to it, and for an answer.

    It tries once. What it was connected to before is closed, since that has no limits.
    """
    pool = client.connection_pool
    pool.connection_class = _IMPATIENT.get(pool.connection_class, pool.connection_class)
    pool.connection_kwargs |= {
        "socket_timeout": seconds,
        "socket_connect_timeout": seconds,
        "retry": Retry(NoBackoff(), 0),
    }
    pool.disconnect()
    pool.reset()


class _ImpatientConnection(Connection):  # type: ignore[misc]  # has no types
    """Looks a name up in another thread: a name server that hangs is waited for 30 seconds otherwise."""

    host: str

    def _connect(self) -> socket.socket:
        name = self.host
        failed: OSError | None = None
        try:
            for address in _addresses(name, self.port, self.socket_connect_timeout):
                self.host = address
                try:
                    connected: socket.socket = super()._connect()
                except OSError as error:
                    failed = error
                else:
                    return connected
        finally:
            self.host = name  # certificates are made out to it
        raise failed or OSError(f"{name} has no address")


class _ImpatientSSLConnection(SSLConnection, _ImpatientConnection):  # type: ignore[misc]
    """The same under TLS."""


_IMPATIENT: Final[dict[type[Any], type[Any]]] = {
    Connection: _ImpatientConnection,
    SSLConnection: _ImpatientSSLConnection,
}


def _addresses(name: str, port: int, seconds: float | None) -> list[str]:
    """The addresses behind a name.

    Raises:
        TimeoutError: They are not known after `seconds`.
        OSError: There are none.
    """
    answer: SimpleQueue[list[str] | OSError] = SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except OSError as error:
            answer.put(error)
        else:
            answer.put([str(address[0]) for *_, address in found])

    threading.Thread(target=look_up, name="look-up", daemon=True).start()
    try:
        told = answer.get(timeout=seconds)
    except Empty as error:
        raise TimeoutError(f"no name server knew {name} in time") from error
    if isinstance(told, OSError):
        raise told
    return told
