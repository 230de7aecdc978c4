"""The base of enumerations whose members are codes with a meaning for documents."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class CodeWithMeaning(StrEnum):
    """A code that says what it means.

    Attributes:
        meaning: What the code says, for documents and OpenAPI.

    Examples:
        >>> class Size(CodeWithMeaning):
        ...     SMALL = "s", "Fits into a pocket."
        >>> Size("s").meaning
        'Fits into a pocket.'
    """

    meaning: str

    def __new__(cls, code: str, meaning: str = "") -> Self:
        """Make the member whose value is `code`."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member
