"""Connections that a load generator asks over, with as little of the client's own time as Python allows."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from http import HTTPStatus

import grpc
from google.protobuf.message import Message


class HttpConnection:
    """HTTP/1.1 over one socket, with as little of the client's own time as Python allows.

    Args:
        host: Of the server.
        port: Of the server.
        path: What is asked.
        bodies: JSON; request `number` sends `bodies[number % len(bodies)]`.
        method: How.
    """

    def __init__(
        self, host: str, port: int, path: str, bodies: Sequence[bytes], *, method: str = "POST"
    ) -> None:
        self._socket = socket.create_connection((host, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: "
        )
        self._requests = [f"{head}{len(body)}\r\n\r\n".encode() + body for body in bodies]

    def ask(self, number: int) -> bool:
        """Send a request; see `Connection`."""
        return self.exchange(number)[0] == HTTPStatus.OK

    def exchange(self, number: int) -> tuple[int, bytes]:
        """Send request `number`; the status and the body of its answer."""
        self._socket.sendall(self._requests[number % len(self._requests)])
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._more()
        head, _, body = answer.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
        while len(body) < length:
            body += self._more()
        return int(lines[0].split()[1]), body

    def close(self) -> None:
        """Close the connection; see `Connection`."""
        self._socket.close()

    def _more(self) -> bytes:
        received = self._socket.recv(1 << 16)
        if not received:
            raise ConnectionError("The server closed the connection")
        return received


class GrpcConnection:
    """One channel.

    Args:
        address: Of the server.
        call: The method of a channel that is asked.
        messages: Request `number` sends `messages[number % len(messages)]`.
    """

    def __init__(
        self,
        address: str,
        call: Callable[[grpc.Channel], Callable[..., Message]],
        messages: Sequence[Message],
    ) -> None:
        # channels with equal arguments share a connection otherwise
        self._channel = grpc.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])
        self._call = call(self._channel)
        self._messages = messages

    def ask(self, number: int) -> bool:
        """Send a request; see `Connection`."""
        try:
            self._call(self._messages[number % len(self._messages)], timeout=30)
        except grpc.RpcError:
            return False
        return True

    def close(self) -> None:
        """Close the connection; see `Connection`."""
        self._channel.close()
