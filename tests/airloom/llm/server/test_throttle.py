from __future__ import annotations

import threading

import pytest

from airloom.llm.server.throttle import CancelledError, Throttle


def test_requests_that_began_together_halve_once() -> None:
    throttle = Throttle(0, at_once=16)
    with throttle.request() as one, throttle.request() as other:
        assert throttle.halve(one) == 8
        assert throttle.halve(other) is None
    with throttle.request() as later:
        assert throttle.halve(later) == 4


def test_no_fewer_than_one_request() -> None:
    throttle = Throttle(0, at_once=1)
    with throttle.request() as began:
        assert throttle.halve(began) is None


def test_after_a_halving_a_request_waits_for_the_others_to_end() -> None:
    throttle = Throttle(0, at_once=2)
    entered = threading.Event()

    def ask() -> None:
        with throttle.request():
            entered.set()

    thread = threading.Thread(target=ask)
    with throttle.request() as began:
        throttle.halve(began)
        thread.start()
        assert not entered.wait(0.05)
    assert entered.wait(5)
    thread.join()


def test_stopping_wakes_who_waits() -> None:
    throttle = Throttle(0, at_once=1)
    failed: list[bool] = []

    def ask() -> None:
        try:
            with throttle.request():
                failed.append(False)
        except CancelledError:
            failed.append(True)

    thread = threading.Thread(target=ask)
    with throttle.request():
        thread.start()
        throttle.stop()
        thread.join(5)

    assert failed == [True]
    with pytest.raises(CancelledError), throttle.request():
        pass
