"""The exception for user errors: what is wrong, where, and what to do about it."""

from __future__ import annotations

import re
from typing import Final

_CREDENTIALS: Final = re.compile(
    r"(\b[a-z][a-z0-9+.-]*://)[^\s'\"@]*:[^\s'\"]*@|(\b[a-z][a-z0-9+.-]*://)[^/\s@]+@", re.I
)
_PASSWORDS: Final = re.compile(r"\b(password|passwd|pwd|token|api_key|secret)=[^\s&;,'\"]+", re.IGNORECASE)
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class AirloomError(Exception):
    """An error that the reader of the message can correct.

    The command line prints only the message, without a traceback, and exits with status 1.

    Args:
        what: What is wrong and where (file, column, key, count), without a closing full stop.
        do: What the reader can do about it, as a sentence of its own.

    Line breaks in either, such as those of a library's message, become spaces: it is one log line.
    Passwords in URLs are left out, because messages go into logs and responses.
    """

    def __init__(self, what: str, *, do: str) -> None:
        self.what = one_line(what).rstrip(".")
        self.do = one_line(do).rstrip(".")
        super().__init__(f"{self.what}. {self.do}.")

    def __reduce__(self) -> tuple[object, ...]:
        """Return how to unpickle it in another process."""
        return _error, (self.what, self.do)


def one_line(text: str) -> str:
    r"""Return the text on one line that any log or response can hold, without the passwords in its URLs.

    >>> one_line("cannot open\nhttps://me:secret@host/db")
    'cannot open https://***@host/db'
    """
    line = _UNPRINTABLE.sub("?", " ".join(text.split()))
    return _PASSWORDS.sub(r"\1=***", _CREDENTIALS.sub(r"\1\2***@", line))


def _error(what: str, do: str) -> AirloomError:
    return AirloomError(what, do=do)
