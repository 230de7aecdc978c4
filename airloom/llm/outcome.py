"""What came of one question: an answer, or the reason why there is none; and what it took."""

from __future__ import annotations

from typing import Final, Generic, NamedTuple, TypeAlias, TypeVar

K = TypeVar("K", bound=tuple[str, ...])
V = TypeVar("V")

ANSWERED: Final = "answered"
EMPTY: Final = "empty"
"""Status of a question whose answer is that there is nothing to say."""
REJECTED: Final = "rejected"
"""Status of a question whose reply is not valid, also after the repair; it is not asked again."""
FAILED: Final = "failed"
"""Status of a question that got no reply; the next run asks it again."""


SAYS_NOTHING: Final = "the reply says nothing"
"""Reason of a reply that is valid, but empty where that is no answer."""


class Usage(NamedTuple):
    """What it took to get a reply.

    Attributes:
        calls: Requests to a language model, failed ones and the repair included.
        tokens_in: Tokens read, as the model counted them.
        tokens_out: Tokens written.
        usd: Their price.
        uncounted: Replies whose tokens are unknown: not counted, or so many that no request can take them.
    """

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float = 0.0
    uncounted: int = 0

    def plus(self, other: Usage) -> Usage:
        """Return the sum of both."""
        return Usage(
            self.calls + other.calls,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.usd + other.usd,
            self.uncounted + other.uncounted,
        )


class Answer(NamedTuple, Generic[K, V]):
    """A valid reply.

    Attributes:
        key: Of the question.
        value: What the reply says; false (an empty tuple, for instance) if that is nothing.
        raw: The reply as it came, empty if there is none to show.
        repaired: Whether the model had to be shown what was wrong with its first reply.
        usage: What it took.
        reason: Why the value says nothing, or less than the reply, where that is known.
    """

    key: K
    value: V
    raw: str = ""
    repaired: bool = False
    usage: Usage = Usage()
    reason: str = ""

    @property
    def status(self) -> str:
        """`ANSWERED` or `EMPTY`."""
        return ANSWERED if self.value else EMPTY


class Unanswered(NamedTuple, Generic[K]):
    """A question without a valid reply.

    Attributes:
        key: Of the question; None if a line of a file does not say it.
        status: `REJECTED` or `FAILED`.
        reason: What is wrong, without the reply itself.
        raw: The reply as it came, cut to a bearable length.
        usage: What it took.
    """

    key: K | None
    status: str
    reason: str
    raw: str = ""
    usage: Usage = Usage()


Outcome: TypeAlias = Answer[K, V] | Unanswered[K]
