"""Notices a model that answers every question alike: it has not understood, or cannot do, its task."""

from __future__ import annotations

from typing import Any, Final

from airloom.llm.outcome import SAYS_NOTHING, Answer, Outcome

ENOUGH: Final = 10
"""Answers that are all the same say that something is wrong, whatever they are."""
FEW: Final = 3
"""Where no more are asked, so many do."""


class FirstAnswers:
    """The first answers of one model to one kind of question."""

    def __init__(self) -> None:
        self._first: Any = None
        self._count = 0
        self._differ = False

    def add(self, outcome: Outcome[Any, Any]) -> bool:
        """Note a valid reply; returns whether it is the one that makes them `ENOUGH`, all alike."""
        if isinstance(outcome, Answer):
            value = outcome.value or None
        elif outcome.reason == SAYS_NOTHING:
            value = None
        else:
            return False
        if self._count == 0:
            self._first = value
        self._differ |= value != self._first
        self._count += 1
        return not self._differ and self._count == ENOUGH

    def warning(self, *, model: str) -> str:
        """Return a sentence if the answers are alike; empty if they differ or are too few to tell."""
        if self._differ or self._count < FEW:
            return ""
        what = "the same" if self._first else "empty"
        return (
            f"All of the first {min(self._count, ENOUGH)} answers of {model} are {what}: look at some; a "
            "small model may need another prompt or other settings (docs/how-to/ask-a-language-model.md)"
        )
