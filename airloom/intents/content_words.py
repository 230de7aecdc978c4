"""What a platform calls its content and what people do with it, as the prompts say it."""

from __future__ import annotations

from dataclasses import dataclass

from airloom.logs.contract import LIKE, VIEW


@dataclass(frozen=True)
class ContentWords:
    """English words of the prompts; other words are another version of the prompt.

    Attributes:
        content: One piece of content, e.g. `article`.
        view: What somebody did who viewed one, in the past tense, e.g. `read`.
        like: What somebody did who liked one, e.g. `saved`.
    """

    content: str = "short video"
    view: str = "watched"
    like: str = "liked"

    def event(self, action: str) -> str:
        """Return what somebody did, who is named before it.

        >>> ContentWords("article", "read", "saved").event("like")
        'read and saved this article'
        """
        words = {VIEW: self.view, LIKE: f"{self.view} and {self.like}"}
        return f"{words[action]} this {self.content}"

    def verb(self, action: str) -> str:
        """Return the one word for an action, for a line of a history."""
        return {VIEW: self.view, LIKE: self.like}[action]
