"""The order of an epoch against difficulties computed by hand."""

from __future__ import annotations

import pytest

from airloom.assistant.rft.curriculum import Curriculum


def test_the_first_epoch_has_all_requests_in_their_order() -> None:
    assert Curriculum(["b", "a", "c"]).epoch() == ["b", "a", "c"]


def test_later_epochs_begin_with_what_is_easier_and_leave_out_what_is_easy() -> None:
    curriculum = Curriculum(["a", "b", "c"])
    for name, rewards in {"a": (0.0, 0.5), "b": (1.0, 0.9), "c": (0.6, 0.8)}.items():
        for reward in rewards:
            curriculum.note(name, reward)
    curriculum.end_epoch()

    assert curriculum.difficulties == pytest.approx({"a": 0.75, "b": 0.05, "c": 0.3})
    assert curriculum.epoch() == ["c", "a"]


def test_difficulties_are_those_of_the_last_epoch() -> None:
    curriculum = Curriculum(["a", "b"])
    for reward in (0.0, 0.5):
        curriculum.note("a", reward)
        curriculum.note("b", 0.4)
        curriculum.end_epoch()

    assert curriculum.difficulties == pytest.approx({"a": 0.5, "b": 0.6})
    assert curriculum.epoch() == ["a", "b"]


def test_a_request_exactly_at_the_bound_stays() -> None:
    assert Curriculum(["a", "b"], {"a": 0.1, "b": 0.09}).epoch() == ["a"]


def test_a_resumed_curriculum_goes_on_with_its_difficulties() -> None:
    curriculum = Curriculum(["a", "b", "c"], {"b": 0.9, "a": 0.4})

    assert curriculum.epoch() == ["c", "a", "b"]


def test_equal_difficulties_keep_a_fixed_order() -> None:
    assert Curriculum(["b", "a"], {"b": 0.5, "a": 0.5}).epoch() == ["a", "b"]


def test_everything_easy_leaves_nothing_to_do() -> None:
    assert Curriculum(["a"], {"a": 0.0}).epoch() == []
