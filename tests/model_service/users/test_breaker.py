from __future__ import annotations

import logging

import pytest

from model_service.users.breaker import FIRST_REST, LONGEST_REST, Breaker, RestingError


class Clock:
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
def clock() -> Clock:
    return Clock()


def test_what_works_is_always_asked(clock: Clock) -> None:
    breaker, source = Breaker("source", clock=clock), Source()
    assert [breaker.ask(source) for _ in range(3)] == ["found"] * 3
    assert source.asked == 3


def test_what_failed_rests_and_is_tried_by_one_later(clock: Clock) -> None:
    breaker, source = Breaker("source", clock=clock), Source()
    source.works = False
    with pytest.raises(ConnectionError):
        breaker.ask(source)
    for _ in range(10):
        with pytest.raises(RestingError):
            breaker.ask(source)
    assert source.asked == 1
    clock.now += FIRST_REST
    with pytest.raises(ConnectionError):
        breaker.ask(source)
    clock.now += FIRST_REST  # the second rest is longer
    with pytest.raises(RestingError):
        breaker.ask(source)
    clock.now += FIRST_REST * 1.01
    source.works = True
    assert breaker.ask(source) == "found"
    assert breaker.ask(source) == "found"


def test_while_one_tries_the_others_go_on_without(clock: Clock) -> None:
    breaker, source = Breaker("source", clock=clock), Source()
    source.works = False
    with pytest.raises(ConnectionError):
        breaker.ask(source)
    clock.now += FIRST_REST

    def slow() -> str:
        with pytest.raises(RestingError):
            breaker.ask(source)
        return "found"

    assert breaker.ask(slow) == "found"
    assert source.asked == 1


def test_it_is_tried_again_however_long_it_was_away(clock: Clock) -> None:
    breaker, source = Breaker("source", clock=clock), Source()
    source.works = False
    for _ in range(50):
        clock.now += LONGEST_REST
        with pytest.raises(ConnectionError):
            breaker.ask(source)
    clock.now += LONGEST_REST
    source.works = True
    assert breaker.ask(source) == "found"


def test_an_outage_is_two_lines_and_names_nobody(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    breaker, source = Breaker("user_store", clock=clock), Source()
    source.works = False
    for _ in range(5):
        clock.now += LONGEST_REST
        with pytest.raises(ConnectionError):
            breaker.ask(source)
    clock.now += LONGEST_REST
    source.works = True
    breaker.ask(source)
    assert [record.getMessage() for record in caplog.records] == [
        "user_store does not answer: ConnectionError",
        "user_store answers again",
    ]
    assert "secret-name" not in caplog.text


def test_a_damaged_answer_is_an_answer(clock: Clock) -> None:
    breaker, source = Breaker("user_store", clock=clock), Source()

    def damaged() -> str:
        raise ValueError("odd")

    for _ in range(3):
        with pytest.raises(ValueError, match="odd"):
            breaker.ask(damaged)
    assert breaker.ask(source) == "found"  # nobody else pays for it
    source.works = False
    with pytest.raises(ConnectionError):
        breaker.ask(source)
    clock.now += LONGEST_REST
    with pytest.raises(ValueError, match="odd"):
        breaker.ask(damaged)
    source.works = True
    assert breaker.ask(source) == "found"  # it answers again, so there is no rest
