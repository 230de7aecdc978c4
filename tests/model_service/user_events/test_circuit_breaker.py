from __future__ import annotations

import logging

import pytest

from model_service.user_events.circuit_breaker import MAX_OPEN_S, MIN_OPEN_S, CircuitBreaker, CircuitOpenError


class ClockDouble:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Source:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.works, self.asked = True, 0

    def __call__(self) -> str:
        self.asked += 1
        if not self.works:
            raise ConnectionError("secret-name")
        return "found"


@pytest.fixture
def clock() -> ClockDouble:
    return ClockDouble()


def test_what_works_is_always_asked(clock: ClockDouble) -> None:
    breaker, source = CircuitBreaker("source", clock=clock), Source()
    assert [breaker.call(source) for _ in range(3)] == ["found"] * 3
    assert source.asked == 3


def test_what_failed_rests_and_is_tried_by_one_later(clock: ClockDouble) -> None:
    breaker, source = CircuitBreaker("source", clock=clock), Source()
    source.works = False
    with pytest.raises(ConnectionError):
        breaker.call(source)
    for _ in range(10):
        with pytest.raises(CircuitOpenError):
            breaker.call(source)
    assert source.asked == 1
    clock.now += MIN_OPEN_S
    with pytest.raises(ConnectionError):
        breaker.call(source)
    clock.now += MIN_OPEN_S  # the second rest is longer
    with pytest.raises(CircuitOpenError):
        breaker.call(source)
    clock.now += MIN_OPEN_S * 1.01
    source.works = True
    assert breaker.call(source) == "found"
    assert breaker.call(source) == "found"


def test_while_one_tries_the_others_go_on_without(clock: ClockDouble) -> None:
    breaker, source = CircuitBreaker("source", clock=clock), Source()
    source.works = False
    with pytest.raises(ConnectionError):
        breaker.call(source)
    clock.now += MIN_OPEN_S

    def slow() -> str:
        with pytest.raises(CircuitOpenError):
            breaker.call(source)
        return "found"

    assert breaker.call(slow) == "found"
    assert source.asked == 1


def test_it_is_tried_again_however_long_it_was_away(clock: ClockDouble) -> None:
    breaker, source = CircuitBreaker("source", clock=clock), Source()
    source.works = False
    for _ in range(50):
        clock.now += MAX_OPEN_S
        with pytest.raises(ConnectionError):
            breaker.call(source)
    clock.now += MAX_OPEN_S
    source.works = True
    assert breaker.call(source) == "found"


def test_an_outage_is_two_lines_and_names_nobody(
    clock: ClockDouble, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    breaker, source = CircuitBreaker("user_store", clock=clock), Source()
    source.works = False
    for _ in range(5):
        clock.now += MAX_OPEN_S
        with pytest.raises(ConnectionError):
            breaker.call(source)
    clock.now += MAX_OPEN_S
    source.works = True
    breaker.call(source)
    assert [record.getMessage() for record in caplog.records] == [
        "user_store does not answer: ConnectionError",
        "user_store answers again",
    ]
    assert "secret-name" not in caplog.text


def test_a_damaged_answer_is_an_answer(clock: ClockDouble) -> None:
    breaker, source = CircuitBreaker("user_store", clock=clock), Source()

    def damaged() -> str:
        raise ValueError("odd")

    for _ in range(3):
        with pytest.raises(ValueError, match="odd"):
            breaker.call(damaged)
    assert breaker.call(source) == "found"  # nobody else pays for it
    source.works = False
    with pytest.raises(ConnectionError):
        breaker.call(source)
    clock.now += MAX_OPEN_S
    with pytest.raises(ValueError, match="odd"):
        breaker.call(damaged)
    source.works = True
    assert breaker.call(source) == "found"  # it answers again, so there is no rest
