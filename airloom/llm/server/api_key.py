"""The key of a server: sent with every request, and looked for in everything that comes back."""

from __future__ import annotations

import html
import json
import logging
import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from airloom.errors import AirloomError
from airloom.llm.settings import OpenAISettings

HIDDEN: Final = "(left out: it repeats the API key)"
PIECE: Final = 16
"""Letters and digits of a longer key that may not appear in a row either."""
PLACEHOLDER: Final = 8
"""A key with fewer letters and digits (`EMPTY`, `ollama`) is no secret: only its whole header is."""
LOGGERS: Final = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
)
"""Loggers that write what a server sends, its headers among it."""

_ESCAPE: Final = re.compile(r"\\+(?:u|x)\{?([0-9a-f]{2,4})\}?", re.IGNORECASE)
_ROUNDS: Final = 3


class ApiKey:
    """A key, possibly empty, that is never shown or kept.

    A server may repeat the key: in a reply, an error or a header, whole, escaped or in pieces. Texts are
    therefore compared by their letters and digits alone.

    Args:
        text: The key.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        letters = _letters(text)
        if len(letters) < PLACEHOLDER:
            letters = _letters(f"Bearer {text}") if text else ""
        size = min(len(letters), PIECE)
        self._pieces = {letters[start : start + size] for start in range(len(letters) - size + 1)} - {""}

    def __repr__(self) -> str:
        return "ApiKey(***)"

    def headers(self) -> dict[str, str]:
        """Return the headers of a request with this key."""
        return {"Authorization": f"Bearer {self._text}"} if self._text else {}

    def is_in(self, text: str) -> bool:
        """Return whether a text repeats the key: escaped, in another case, or spread over several labels."""
        return bool(self._pieces) and any(
            piece in reading for reading in map(_letters, _readings(text)) for piece in self._pieces
        )

    def shown(self, text: str) -> str:
        """Return the text, or `HIDDEN` if it repeats the key."""
        return HIDDEN if self.is_in(text) else text


class KeyFilter(logging.Filter):
    """Keeps the key out of the log lines of the HTTP libraries."""

    def __init__(self, key: ApiKey) -> None:
        super().__init__()
        self._key = key

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace a line that repeats the key; every line passes."""
        if self._key.is_in(record.getMessage()):
            record.msg, record.args, record.exc_info = HIDDEN, (), None
        return True


def api_key(settings: OpenAISettings) -> ApiKey:
    """Return the key that the settings name; empty if the variable is not set.

    Raises:
        AirloomError: The file with the key cannot be read, or the key cannot be a part of a header.
    """
    if settings.api_key_file:
        source = settings.api_key_file
        try:
            text = Path(source).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", "") or "it is not UTF-8"
            raise AirloomError(
                f"The key of the language model in {source} cannot be read ({reason})",
                do="Give a file that holds nothing but the key",
            ) from None
    else:
        source = f"${settings.api_key_env}"
        text = os.environ.get(settings.api_key_env, "").strip()
    if not all("!" <= character <= "~" for character in text):
        raise AirloomError(
            f"The key of the language model in {source} holds blanks or characters beyond ASCII",
            do="Give the key alone, as the server's owner issued it",
        )
    return ApiKey(text)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def _readings(text: str) -> Iterator[str]:
    """Yield the text, what its escapes stand for, and the strings of its JSON one behind the other."""
    for _ in range(_ROUNDS):
        yield text
        plain = html.unescape(unquote(_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)))
        with suppress(ValueError, RecursionError):
            yield "".join(_strings(json.loads(text)))
        if plain == text:
            break
        text = plain


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
