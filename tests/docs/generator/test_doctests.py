from __future__ import annotations

from docs.generator.doctests import fence_doctests


def test_a_doctest_is_a_block_of_code_up_to_the_blank_line() -> None:
    text = "Batches.\n\n>>> batches\n[[0, 1], [2, 3]]\n\nThe rest."

    assert fence_doctests(text) == "Batches.\n\n```python\n>>> batches\n[[0, 1], [2, 3]]\n```\n\nThe rest."


def test_an_indented_doctest_keeps_its_indent() -> None:
    text = "Examples:\n    >>> 1\n    1\n"

    assert fence_doctests(text) == "Examples:\n    ```python\n    >>> 1\n    1\n    ```\n"


def test_a_docstring_without_one_is_not_touched() -> None:
    assert fence_doctests("Plain: a > b >> c.") == "Plain: a > b >> c."
