from __future__ import annotations

import threading
import time

import pytest

from model_service.user_events.thread_timeout import MAX_PENDING_CALLS, ThreadTimeout


def test_what_hangs_is_not_waited_for() -> None:
    ended = threading.Event()

    def read(how: str) -> str:
        if how == "broken":
            raise ConnectionError
        if how == "hangs":
            ended.wait(30)
        return how

    limited = ThreadTimeout(0.05, name="hangs").wrap(read)
    assert limited("found") == "found"
    with pytest.raises(ConnectionError):
        limited("broken")
    for _ in range(MAX_PENDING_CALLS):
        with pytest.raises(TimeoutError):
            limited("hangs")
    with pytest.raises(TimeoutError):  # all threads hang: not even tried
        limited("found")
    ended.set()
    until = time.monotonic() + 20
    while True:
        try:
            assert limited("found") == "found"
        except TimeoutError:
            assert time.monotonic() < until, "the threads never came back"
            time.sleep(0.01)
        else:
            break
