"""Erasure requests of users (GDPR), kept by a keyed digest of the user id, so that the list names nobody."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from airloom.errors import AirloomError
from airloom.files import temporary_beside, write_text
from airloom.logs.lake import Lake

FOLDER: Final = "erasures"
_KEY: Final = "key"
_KEY_BYTES: Final = 32


class ErasureRequest(NamedTuple):
    """One erasure request and, once it is done, the proof.

    Attributes:
        user_digest: A keyed digest of the user's id.
        asked_at: Everything that the user did up to then is erased; what they do afterwards is kept.
        done_at: When all tables had been searched and nothing was left; None while the request is open.
        removed: The number of rows removed, by table; tables with none are left out.
        searched: The number of files that were read to the end and hold no such row any more.
    """

    user_digest: str
    asked_at: datetime
    done_at: datetime | None = None
    removed: dict[str, int] = {}  # noqa: RUF012 - never changed
    searched: int = 0


class ErasureRequests:
    """All requests of a lake, one file each in `erasures/`.

    With the lake, and so the key, one can test whether a known user id was erased, but cannot list the ids.
    Without the key the files tell nothing.

    Args:
        lake: Holds the files.
    """

    def __init__(self, lake: Lake) -> None:
        self._folder = lake.path(FOLDER)

    def add(self, user_id: str, at: datetime) -> ErasureRequest:
        """Store durably that a user requested erasure.

        Raises:
            AirloomError: The file cannot be written.
            OSError: The disk is broken.
        """
        request = ErasureRequest(self.digest(user_id), at)
        self.write(request)
        return request

    def write(self, request: ErasureRequest) -> None:
        """Write the current state of a request."""
        fields = request._asdict()
        content = (
            {"person": fields.pop("user_digest")}
            | fields
            | {
                "asked_at": request.asked_at.isoformat(),
                "done_at": request.done_at and request.done_at.isoformat(),
            }
        )
        write_text(self.file(request), json.dumps(content, indent=2, sort_keys=True) + "\n")

    def file(self, request: ErasureRequest) -> Path:
        """Return the path of a request's file."""
        return self._folder / f"{request.user_digest}-{request.asked_at:%Y%m%dT%H%M%S%f}.json"

    def all(self) -> list[ErasureRequest]:
        """Return every request, open and done, sorted by user digest and time.

        Raises:
            AirloomError: A file is not an erasure request.
        """
        return [_read(file) for file in sorted(self._folder.glob("*.json"))]

    def open(self) -> list[ErasureRequest]:
        """Return the requests that are not done yet."""
        return [request for request in self.all() if request.done_at is None]

    def digest(self, user_id: str) -> str:
        """Return the digest that stands for a user in the files."""
        return hmac.new(self._key, user_id.encode(), hashlib.sha256).hexdigest()[:32]

    @cached_property
    def _key(self) -> bytes:
        """The lake's key, made at its first use."""
        path = self._folder / _KEY
        if path.exists():
            return _read_key(path)
        if any(self._folder.glob("*.json")):
            raise AirloomError(
                f"{path} is gone, and without it the requests beside it cannot be matched to users",
                do="Restore it from a backup, or request every erasure again and delete the old requests",
            )
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = temporary_beside(path)
        temporary.touch(mode=0o600)
        with temporary.open("wb") as stream:
            stream.write(secrets.token_bytes(_KEY_BYTES))
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):  # of several processes the first one's key is used by all
            os.link(temporary, path)
        temporary.unlink()
        return _read_key(path)  # writing the request, in the same folder, flushes this name too


def _read_key(path: Path) -> bytes:
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise AirloomError(f"{path} is damaged: {len(key)} bytes", do="Restore it from a backup")
    return key


def _read(file: Path) -> ErasureRequest:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        done_at = content["done_at"]
        return ErasureRequest(
            user_digest=content["person"],
            asked_at=datetime.fromisoformat(content["asked_at"]).astimezone(UTC),
            done_at=None if done_at is None else datetime.fromisoformat(done_at).astimezone(UTC),
            removed=dict(content["removed"]),
            searched=int(content["searched"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AirloomError(
            f"{file} is not an erasure request ({type(error).__name__}: {error})",
            do="Move it out of the folder, and request the erasure again",
        ) from error
