"""uvicorn with the connections of the service, over real sockets."""

from __future__ import annotations

import asyncio
import json
import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from model_service.http import connection
from model_service.http.connection import MAX_CONNECTIONS, MAX_HEAD_BYTES, use_for_all_servers

PAGE = b"GET /page HTTP/1.1\r\nhost: x\r\n\r\n"
SLOW = b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n"
READS = b"POST /reads HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n"
IGNORES = b"POST /ignores HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n"
CHUNKED = b"POST /reads HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
PATIENCE_S = 60
"""What a busy machine may need."""


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        if scope["path"] == "/slow":
            await asyncio.sleep(0.5)
        elif scope["path"] == "/reads":
            while (message := await receive()).get("more_body"):
                pass
            if message["type"] == "http.disconnect":
                return
        size = 1 << 26 if scope["path"] == "/large" else 2
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % size)]}
        )
        await send({"type": "http.response.body", "body": b"x" * size})


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    for name in ("REQUEST_TIMEOUT_S", "UNREAD_BODY_TIMEOUT_S", "WRITE_TIMEOUT_S"):
        monkeypatch.setattr(connection, name, 0.3)
    monkeypatch.setattr(connection.LimitedConnection, "keep_alive_s", 1)
    use_for_all_servers()
    config = uvicorn.Config(application, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()
        server.should_exit = server.force_exit = True
        thread.join(PATIENCE_S)


def opened(address: tuple[str, int]) -> socket.socket:
    return socket.create_connection(address, timeout=PATIENCE_S)


def rest(client: socket.socket) -> bytes:
    """Everything until the server closes."""
    received = b""
    try:
        while part := client.recv(1 << 20):
            received += part
    except ConnectionError:
        pass
    return received


def answer_of(received: bytes) -> tuple[int, object]:
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"connection: close" in head
    return int(head.split()[1]), json.loads(body)


@pytest.mark.parametrize("sent", [b"", PAGE])
def test_an_idle_connection_is_closed_without_a_word(address: tuple[str, int], sent: bytes) -> None:
    with closing(opened(address)) as client:
        client.sendall(sent)
        assert rest(client).count(b"HTTP/1.1") == (1 if sent else 0)


@pytest.mark.parametrize("begin", [b"GET / HT", b"\r\n", CHUNKED[:-2], PAGE + b"GET"])
@pytest.mark.parametrize("drip", [b"", b"x-a: b\r\n"])
def test_a_head_that_is_not_whole_in_time_is_refused(
    address: tuple[str, int], begin: bytes, drip: bytes
) -> None:
    with closing(opened(address)) as client:
        client.sendall(begin)
        client.settimeout(0.05)
        received, until = b"", time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            try:
                part = client.recv(1 << 16)
                received += part
                if not part:
                    break
            except TimeoutError:
                client.sendall(drip if begin != b"\r\n" else b"\r\n" * bool(drip))
            except ConnectionError:
                break
        else:
            pytest.fail("it was held")
    last = received[received.rindex(b"HTTP/1.1") :] if b"HTTP/1.1" in received else b""
    assert not last or b" 200 " in last or answer_of(last)[0] in (400, 408)


def test_a_body_that_is_not_whole_in_time_is_refused(address: tuple[str, int]) -> None:
    with closing(opened(address)) as client:
        client.sendall(READS + b"half")
        status, body = answer_of(rest(client))
        assert (status, body) == (408, {"error": "The request took too long. Send it again.", "detail": []})


def test_the_rest_of_a_body_that_was_answered_is_not_waited_for_long(address: tuple[str, int]) -> None:
    with closing(opened(address)) as client:
        client.sendall(IGNORES + b"half")
        assert rest(client).startswith(b"HTTP/1.1 200 OK")
    with closing(opened(address)) as client:
        client.sendall(IGNORES + b"half")
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 200 OK")
        client.sendall(b" body!" + PAGE)  # in time: the connection stays
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 200 OK")


def test_a_client_that_takes_nothing_of_its_answer_is_left(address: tuple[str, int]) -> None:
    with closing(opened(address)) as client:
        client.sendall(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
        time.sleep(1)
        assert len(rest(client)) < 1 << 26


@pytest.mark.parametrize("requests", [1, 3])
def test_a_client_that_half_closes_after_whole_requests_is_answered(
    address: tuple[str, int], requests: int
) -> None:
    with closing(opened(address)) as client:
        client.sendall(SLOW * requests)
        client.shutdown(socket.SHUT_WR)
        assert rest(client).count(b"HTTP/1.1 200 OK") == requests


@pytest.mark.parametrize("half", [b"GET /pa", READS + b"half", b""])
def test_a_client_that_half_closes_before_is_not(address: tuple[str, int], half: bytes) -> None:
    with closing(opened(address)) as client:
        client.sendall(half)
        client.shutdown(socket.SHUT_WR)
        assert rest(client) == b""


@pytest.mark.parametrize(
    "sent",
    [
        b"NONSENSE\r\n\r\n",
        b"GET /caf\xe9 HTTP/1.1\r\nhost: x\r\n\r\n",
        CHUNKED + b"zz\r\n",
        CHUNKED + b"-5\r\nabc\r\n",
        CHUNKED + b"3\r\nabcdef\r\n",
        b"POST /reads HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /reads HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n",
    ],
)
def test_what_is_no_http_has_the_form_of_all_errors(address: tuple[str, int], sent: bytes) -> None:
    with closing(opened(address)) as client:
        client.sendall(sent)
        status, body = answer_of(rest(client))
        assert (status, body) == (400, {"error": "Invalid HTTP request received.", "detail": []})


def test_a_head_has_a_limit(address: tuple[str, int]) -> None:
    with closing(opened(address)) as client:
        client.sendall(PAGE[:-2])
        line = b"x-a: " + b"b" * 1_000 + b"\r\n"
        try:
            for _ in range(2 * MAX_HEAD_BYTES // len(line)):
                client.sendall(line)
        except ConnectionError:
            pass
        received = rest(client)
        assert not received or answer_of(received)[0] == 431


def test_a_new_connection_takes_the_place_of_the_longest_idle(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "REQUEST_TIMEOUT_S", 30)
    monkeypatch.setattr(connection, "MAX_CONNECTIONS", 2)
    with closing(opened(address)) as oldest, closing(opened(address)) as other:
        for client in (oldest, other):
            client.sendall(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n")
            assert b"200 OK" in client.recv(1 << 16)
        with closing(opened(address)) as newest:
            newest.sendall(SLOW)
            assert rest(oldest) == b""
            assert b"200 OK" in newest.recv(1 << 16)


def test_a_connection_too_many_is_refused_while_all_others_are_busy(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "REQUEST_TIMEOUT_S", 30)
    monkeypatch.setattr(connection, "MAX_CONNECTIONS", 1)
    with closing(opened(address)) as busy:
        busy.sendall(READS.replace(b"host", b"expect: 100-continue\r\nhost"))
        assert b"100 Continue" in busy.recv(1 << 16)  # it is read
        with closing(opened(address)) as refused:
            status, body = answer_of(rest(refused))
    assert (status, body) == (503, {"error": "There are too many connections. Try again.", "detail": []})


def test_there_are_files_for_all_connections() -> None:
    use_for_all_servers()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft == resource.RLIM_INFINITY or soft >= min(hard, 2 * MAX_CONNECTIONS)
