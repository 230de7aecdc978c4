"""The one exception a user may see: a sentence that says what is wrong, where, and what to do."""

from __future__ import annotations

import re
from typing import Final

_CREDENTIALS: Final = re.compile(
    r"(\b[a-z][a-z0-9+.-]*://)[^\s'\"@]*:[^\s'\"]*@|(\b[a-z][a-z0-9+.-]*://)[^/\s@]+@", re.I
)
_PASSWORDS: Final = re.compile(r"\b(password|passwd|pwd|token|api_key|secret)=[^\s&;,'\"]+", re.IGNORECASE)
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class AirloomError(Exception):
    """A mistake that the reader of the message can mend.

    The command line prints the message alone, without a traceback, and exits with status 1.

    Args:
        what: What is wrong and where (file, column, key, count), without a closing full stop.
        do: What the reader can do about it, as a sentence of its own.

    Line breaks in either (of a library's message, say) become spaces: whoever reads a log line gets it all.
    Passwords of URLs are left out, as messages go into logs and responses.
    """

    def __init__(self, what: str, *, do: str) -> None:
        self.what = one_line(what).rstrip(".")
        self.do = one_line(do).rstrip(".")
        super().__init__(f"{self.what}. {self.do}.")

    def __reduce__(self) -> tuple[object, ...]:
        """How it crosses from one process to another."""
        return _error, (self.what, self.do)


def one_line(text: str) -> str:
    """The text on one line that any log, page or response can hold, without the passwords in its URLs."""
    line = _UNPRINTABLE.sub("?", " ".join(text.split()))
    return _PASSWORDS.sub(r"\1=***", _CREDENTIALS.sub(r"\1\2***@", line))


def _error(what: str, do: str) -> AirloomError:
    return AirloomError(what, do=do)
