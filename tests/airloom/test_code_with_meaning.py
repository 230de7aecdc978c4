from __future__ import annotations

import json

import pytest

from airloom.code_with_meaning import CodeWithMeaning


class Size(CodeWithMeaning):
    SMALL = "s", "Fits into a pocket."
    LARGE = "l", "Fits into a car."


def test_a_member_is_its_code_and_says_what_it_means() -> None:
    assert {size: size.meaning for size in Size} == {"s": "Fits into a pocket.", "l": "Fits into a car."}


def test_a_member_is_read_from_its_code_and_written_as_it() -> None:
    assert Size("l") is Size.LARGE
    assert json.dumps([Size.SMALL]) == '["s"]'


def test_another_code_is_refused() -> None:
    with pytest.raises(ValueError, match="'m' is not a valid Size"):
        Size("m")
