"""What a hostile server sends byte by byte, and what of it is kept."""

from __future__ import annotations

import gzip
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from airloom.errors import AirloomError
from airloom.intents.distill import Distilled, distill
from airloom.intents.settings import DistillSettings
from airloom.intents.store import IntentStore
from airloom.llm.outcome import FAILED
from airloom.llm.server.chat_endpoint import ChatEndpoint, RetryError
from airloom.llm.settings import OpenAISettings
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import DAY, HashingEncoder, put_objects, video
from tests.airloom.llm.color_task import COLOR_REPLY
from tests.airloom.llm.server.raw_server import RawServer, completion, response

KEY = "sk-proj-Zq7Rt2mWx9Lk4Vb8Nc3Hd6Yf1Ga5Ts0Pe"
GOOD = '{"paths":[{"labels":["need","cat bed"],"confidence":0.5}]}'


def path_of(*labels: str) -> str:
    return json.dumps({"paths": [{"labels": list(labels), "confidence": 0.5}]})


def ask(root: Path, url: str, *, titles: int = 1, **options: Any) -> tuple[Lake, Distilled]:
    lake = Lake(root / "lake")
    put_objects(lake, DAY, [video(f"c{number:03d}", f"title {number}") for number in range(titles)])
    own = {"budget_usd": options.pop("budget_usd", None)}
    defaults: dict[str, Any] = {
        "model": "m",
        "timeout_s": 20.0,
        "backoff_s": 0.01,
        "concurrency": 1,
        "max_attempts": 2,
    }
    openai = OpenAISettings(base_url=url, **defaults | options)
    settings = DistillSettings("openai", fallback="none", openai=openai, **own)
    return lake, distill(lake, day=DAY, settings=settings, encoder=HashingEncoder())


@contextmanager
def sending(whole: Callable[[dict[str, str]], bytes]) -> Iterator[RawServer]:
    """A server that answers each request with what `whole` makes of its headers."""

    def act(connection: socket.socket, headers: dict[str, str]) -> None:
        connection.sendall(whole(headers))

    with RawServer(act).running() as server:
        yield server


ECHOES: dict[str, Callable[[str], bytes]] = {
    "label": lambda key: response(completion(path_of("need", key))),
    "escaped": lambda key: response(
        completion('{"paths":[{"labels":["n","' + "".join(f"\\u{ord(c):04x}" for c in key) + '"]}]}')
    ),
    "split over labels": lambda key: response(completion(path_of(key[:20], key[20:]))),
    "split over paths": lambda key: response(
        completion(
            json.dumps(
                {
                    "paths": [
                        {"labels": ["need", key[:12]], "confidence": 0.5},
                        {"labels": [key[12:24], key[24:]], "confidence": 0.4},
                    ]
                }
            )
        )
    ),
    "prose": lambda key: response(completion(f"I was asked by {key}")),
    "field name": lambda key: response(completion(json.dumps({"paths": [], key: 1}))),
    "error": lambda key: response(key.encode(), status="500 Oops"),
    "escaped error": lambda key: response(
        json.dumps({"e": key.replace("-", "\\u002d")}).encode(), status="400 No"
    ),
    "reason phrase": lambda key: response(b"", status=f"503 {key}"),
    "other header": lambda key: response(
        b"", status="429 Wait", headers=f"Retry-After: 0\r\nX-Key: {key}\r\n"
    ),
    "retry-after": lambda key: response(b"", status="429 Wait", headers=f"Retry-After: {key}\r\n"),
    "malformed header": lambda key: f"HTTP/1.1 200 OK\r\n{key}\r\n\r\n".encode(),
    "malformed status": lambda key: f"{key} 200 OK\r\n\r\n".encode(),
    "chunk size": lambda key: f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{key}\r\n".encode(),
    "content-encoding": lambda key: response(b"x", headers=f"Content-Encoding: {key}\r\n"),
    "location": lambda key: response(b"", status="302 Go", headers=f"Location: http://{key}/\r\n"),
    "wrong key": lambda key: response(f"no such key: {key}".encode(), status="401 No"),
}


@pytest.mark.parametrize("echo", ECHOES)
def test_a_key_that_a_server_repeats_is_kept_nowhere(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    echo: str,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    raised = ""

    with sending(lambda headers: ECHOES[echo](headers["authorization"].removeprefix("Bearer "))) as server:
        try:
            ask(tmp_path, server.base_url, timeout_s=2.0)
        except AirloomError as error:
            raised = str(error)

    assert server.requests
    written = [file.read_bytes().decode("latin-1") for file in tmp_path.rglob("*") if file.is_file()]
    kept = " ".join([*written, raised, caplog.text, *capfd.readouterr()]).lower()
    for start in range(len(KEY) - 11):
        assert KEY[start : start + 12].lower() not in kept, echo


def test_a_reply_with_the_key_fails_with_that_reason_and_is_paid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    with sending(lambda _: response(completion(path_of("need", KEY)))) as server:
        lake, done = ask(tmp_path, server.base_url)

    (row,) = IntentStore(lake).rejected_rows().to_pylist()
    assert (row["status"], row["reason"]) == (FAILED, "the reply repeats the API key, so it was not kept")
    assert (row["raw"], row["tokens_in"], done.calls) == ("", 9, 1)


@pytest.mark.parametrize(
    "count",
    [str(2**63), "1" + "0" * 400, "1" + "0" * 5000, "-1", "1e400", "2.5", '"9"', "true", "null", "{}"],
)
def test_an_impossible_count_is_unknown_and_stops_no_later_run(tmp_path: Path, count: str) -> None:
    usage = f'{{"prompt_tokens": {count}, "completion_tokens": 9}}'

    with sending(lambda _: response(completion(GOOD, usage=usage))) as server:
        lake, done = ask(tmp_path, server.base_url, usd_per_million_in=1.0, budget_usd=9.0)
        _, again = ask(tmp_path, server.base_url)

    assert (done.asked, done.rejected, done.uncounted) == (1, 0, 1)
    assert (done.tokens_in, done.tokens_out, done.usd, done.stopped) == (0, 0, 0.0, "")
    assert (again.asked, server.requests) == (0, 1)
    assert IntentStore(lake).read()["status"].to_pylist() == ["answered"]


def test_an_unknown_count_stays_reserved_at_its_highest_price(tmp_path: Path) -> None:
    priced: dict[str, Any] = {
        "usd_per_million_in": 0.0,
        "usd_per_million_out": 1e6,
        "max_tokens": 1,
    }  # a reply is a dollar

    with sending(lambda _: response(completion(GOOD, usage="null"))) as server:
        _, done = ask(tmp_path, server.base_url, titles=9, budget_usd=3.0, **priced)

    assert (done.asked, done.uncounted, done.stopped[:19]) == (3, 3, "The budget is spent")


def test_a_server_that_counts_more_than_a_reply_can_take_is_asked_no_more(tmp_path: Path) -> None:
    usage = '{"prompt_tokens": 9, "completion_tokens": 5000}'
    priced: dict[str, Any] = {"usd_per_million_out": 1e3, "max_tokens": 10}  # a cent a reply

    with sending(lambda _: response(completion(GOOD, usage=usage))) as server:
        _, done = ask(tmp_path, server.base_url, titles=30, budget_usd=1.0, **priced)

    assert (done.asked, done.left, server.requests) == (1, 29, 1)
    assert "The server counted $5.0000 for a reply that can cost $0.0100 at most" in done.stopped


def test_without_a_budget_counts_are_the_servers_own(tmp_path: Path) -> None:
    usage = '{"prompt_tokens": 9, "completion_tokens": 5000}'

    with sending(lambda _: response(completion(GOOD, usage=usage))) as server:
        _, done = ask(tmp_path, server.base_url, titles=3, usd_per_million_out=1e3, max_tokens=10)

    assert (done.asked, done.left, done.usd) == (3, 0, 15.0)


@pytest.mark.parametrize(
    "header", ["Tue, 01 Dec 2026 00:00:00", "-5", "nan", "soon", "Tue, 41 Dec 2026 00:00:00 GMT"]
)
def test_any_retry_after_is_a_wait_and_no_prompt_is_paid_twice(tmp_path: Path, header: str) -> None:
    waits = iter([True, True, True])

    def whole(_: dict[str, str]) -> bytes:
        if next(waits, False):
            return response(b"", status="429 Wait", headers=f"Retry-After: {header}\r\n")
        return response(completion(GOOD))

    with sending(whole) as server:
        _, done = ask(tmp_path, server.base_url, titles=4)

    assert (done.asked, done.rejected, done.left) == (4, 0, 0)
    assert server.requests == 4 + 3


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-Slow: 1\r\n"),
        (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1", b"0"),
    ],
    ids=["headers", "103", "100", "body", "endless body", "chunks", "chunk size"],
)
def test_one_deadline_ends_the_whole_exchange(tmp_path: Path, begin: bytes, piece: bytes) -> None:
    def act(connection: socket.socket, _: dict[str, str]) -> None:
        connection.sendall(begin)
        server.send_until_closed(connection, piece, every_s=0.02)

    with RawServer(act).running() as server:
        lake, done = ask(tmp_path, server.base_url, timeout_s=0.25)

    assert (done.asked, done.rejected, server.requests) == (1, 1, 2)
    (reason,) = IntentStore(lake).rejected_rows()["reason"].to_pylist()
    assert (
        "within 0.25 s" in reason or "RemoteProtocolError" in reason
    )  # an endless header is cut by its length


def test_a_bomb_costs_no_memory_and_a_packed_reply_is_read(tmp_path: Path) -> None:
    bomb = gzip.compress(gzip.compress(bytes(50 * 2**20)))
    packed = gzip.compress(completion(GOOD))
    bodies = iter([("gzip, gzip", bomb), ("gzip", gzip.compress(bytes(50 * 2**20))), ("gzip", packed)])

    def whole(headers: dict[str, str]) -> bytes:
        assert headers["accept-encoding"] == "gzip, deflate"
        encoding, body = next(bodies)
        return response(body, headers=f"Content-Encoding: {encoding}\r\n")

    with sending(whole) as server:
        _, done = ask(tmp_path, server.base_url, max_attempts=3)

    assert (done.asked, done.rejected, done.calls) == (1, 0, 3)


def test_requests_at_once_are_halved_for_a_server_with_one_slot(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A server that answers one after the other loses the late ones; fewer at once are answered in time."""
    slot = threading.Lock()

    def act(connection: socket.socket, _: dict[str, str]) -> None:
        with slot:
            server.pause(0.1)
            connection.sendall(response(completion(GOOD)))

    with RawServer(act).running() as server:
        _, done = ask(
            tmp_path,
            server.base_url,
            titles=6,
            concurrency=4,
            timeout_s=0.25,
            max_attempts=6,
            usd_per_million_out=1.0,
            budget_usd=1.0,
        )

    assert (done.asked, done.rejected, done.left) == (6, 0, 0)
    assert "2 requests at once from now on" in capfd.readouterr().err


def test_what_was_reserved_for_a_request_that_timed_out_stays_spent(tmp_path: Path) -> None:
    """A server may finish and bill a reply that nobody waits for: it sends no header before the end."""

    def act(connection: socket.socket, _: dict[str, str]) -> None:
        server.pause(60)

    priced: dict[str, Any] = {"usd_per_million_out": 1e6, "max_tokens": 1, "backoff_s": 1e-4}  # a dollar each
    with RawServer(act).running() as server:
        _, done = ask(tmp_path, server.base_url, timeout_s=0.2, max_attempts=9, budget_usd=3.5, **priced)

    assert (done.calls, done.usd, server.requests) == (3, 0.0, 3)


def test_a_server_that_cannot_be_reached_spends_nothing(tmp_path: Path) -> None:
    """Nine refused connections of a dollar each leave the one dollar that there is."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    priced: dict[str, Any] = {"usd_per_million_out": 1e6, "max_tokens": 1, "backoff_s": 1e-4}
    lake, done = ask(
        tmp_path, f"http://127.0.0.1:{port}/v1", timeout_s=2.0, max_attempts=9, budget_usd=1.5, **priced
    )

    assert (done.rejected, done.calls) == (1, 9)
    (reason,) = IntentStore(lake).rejected_rows()["reason"].to_pylist()
    assert reason.startswith("no connection")


@pytest.mark.parametrize(
    ("scheme", "prompt_bytes", "charged"),
    [("http", 10, True), ("https", 10, False), ("http", 32 << 20, False)],
    ids=["sent", "no TLS", "sent in part"],
)
def test_a_time_out_is_charged_where_the_request_was_sent_whole(
    scheme: str, prompt_bytes: int, charged: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # the kernel takes what its buffers hold
        url = f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/v1"
        settings = OpenAISettings(base_url=url, model="m", timeout_s=0.3)
        endpoint = ChatEndpoint(settings)
        with closing(endpoint), pytest.raises(RetryError) as raised:
            endpoint.post([{"role": "user", "content": "x" * prompt_bytes}], reply=COLOR_REPLY)

    assert (raised.value.timed_out, raised.value.charged) == (True, charged)
