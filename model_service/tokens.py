"""Bearer tokens from a file, for HTTP and gRPC; only their digests are kept."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Final

from airloom.errors import AirloomError
from airloom.files import check_private

MIN_LENGTH: Final = 16
"""Characters of a token; a shorter one can be guessed."""


class Tokens:
    """The tokens that may ask; without any, everybody may.

    Args:
        tokens: All of them.
    """

    def __init__(self, tokens: list[str]) -> None:
        self._digests = [_digest(token) for token in tokens]

    @classmethod
    def read(cls, file: Path | None) -> Tokens:
        """Read the tokens of a file; without one, everybody may ask.

        Raises:
            AirloomError: See `read_tokens`.
        """
        return cls([] if file is None else read_tokens(file))

    def allow(self, authorization: str | None) -> bool:
        """Return whether an `Authorization` header, or the metadata of that name, holds one of the tokens."""
        if not self._digests:
            return True
        scheme, _, token = (authorization or "").partition(" ")
        given = _digest(token.strip())
        matches = [hmac.compare_digest(given, digest) for digest in self._digests]  # all: in constant time
        return scheme.lower() == "bearer" and any(matches)


def read_tokens(file: Path) -> list[str]:
    """Return the tokens of a file, one per line; lines that begin with `#` are comments.

    Raises:
        AirloomError: The file cannot be read, may be changed by others, holds none, or one that is too short.
    """
    try:
        check_private(file, holds="tokens")
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise AirloomError(
            f"The tokens in {file} cannot be read ({type(error).__name__})", do="Write one per line"
        ) from error
    tokens = [line for line in lines if line and not line.startswith("#")]
    if not tokens or min(map(len, tokens)) < MIN_LENGTH:
        raise AirloomError(
            f"{file} holds no token, or one of less than {MIN_LENGTH} characters",
            do="Write one per line; Python's secrets.token_urlsafe() makes good ones",
        )
    return tokens


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
