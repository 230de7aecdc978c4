from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from benchmarks.connections import HttpConnection
from benchmarks.load import Clock, Load, run_load


class FakeClock(Clock):
    """Time passes when somebody waits or works."""

    def __init__(self) -> None:
        self.time = 100.0

    def now(self) -> float:
        return self.time

    def wait_until(self, due: float) -> None:
        self.time = max(self.time, due)


class ServerDouble:
    """Answers after a millisecond, but for one pause; every fiftieth answer is an error."""

    def __init__(self, clock: FakeClock, *, pause: float = 0.0) -> None:
        self._clock, self._pause = clock, pause

    def ask(self, number: int) -> bool:
        self._clock.time += 0.001 + (self._pause if number == 20 else 0.0)
        return number % 50 != 49

    def close(self) -> None:
        pass


def load(*, rate: float | None, pause: float = 0.0) -> Load:
    clock = FakeClock()
    return run_load(
        lambda: ServerDouble(clock, pause=pause), connections=1, rate=rate, seconds=0.5, clock=clock
    )


def test_what_waits_for_a_stalled_server_counts_from_when_it_was_due() -> None:
    result = load(rate=200, pause=0.2)
    assert result.milliseconds.max() == pytest.approx(201)
    # one more is due every 5 ms, and one is done every millisecond: 4 ms less for each that follows
    assert np.count_nonzero(result.milliseconds > 1.5) == 49  # and an error among them
    assert result.milliseconds[21] == pytest.approx(197)
    assert len(result.milliseconds) + result.errors == 100
    assert result.errors == 2


def test_requests_are_due_evenly() -> None:
    result = load(rate=100)
    assert len(result.milliseconds) + result.errors == 50
    np.testing.assert_allclose(result.milliseconds, 1.0)
    assert result.seconds == pytest.approx(0.491)


def test_without_a_rate_it_asks_as_fast_as_it_can() -> None:
    result = load(rate=None)
    assert result.rps == pytest.approx(1000 * 49 / 50, rel=0.03)


def test_percentiles_of_nothing_are_not_numbers() -> None:
    assert all(np.isnan(value) for value in Load(np.array([]), 3, 1.0).percentiles().values())


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    class Echo(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            known = json.loads(body)["known"]
            answer = body * 30_000  # more than one read of the client
            self.send_response(200 if known else 400)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    result = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=result.serve_forever, daemon=True)
    thread.start()
    yield result
    result.shutdown()
    result.server_close()


def test_http_answers_are_read_whole_and_judged(server: ThreadingHTTPServer) -> None:
    bodies = [b'{"known": true}', b'{"known": false}']
    connection = HttpConnection("127.0.0.1", server.server_port, "/", bodies)
    assert [connection.ask(number) for number in range(4)] == [True, False, True, False]
    connection.close()
