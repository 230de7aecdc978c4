"""Who asked to be forgotten, and since when: known by a keyed digest, so that the list names nobody."""

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


class Erasure(NamedTuple):
    """One request to be forgotten, and the proof that it was done.

    Attributes:
        person: A keyed digest of the user's id.
        asked_at: What the user did up to then is to go; what they do afterwards is theirs to have kept.
        done_at: When every table had been gone through and none of it was left; None as long as it is open.
        removed: Rows removed, by table; those with none are left out.
        searched: Files that were read to the end and hold nothing any more.
    """

    person: str
    asked_at: datetime
    done_at: datetime | None = None
    removed: dict[str, int] = {}  # noqa: RUF012 - never changed
    searched: int = 0


class Erasures:
    """All requests of a lake, one file each in `erasures/`.

    Whoever has the lake, and with it the key, can tell whether an id that they know was forgotten, but cannot
    list the ids. Without the key beside them the files say nothing.

    Args:
        lake: Where they are kept.
    """

    def __init__(self, lake: Lake) -> None:
        self._folder = lake.path(FOLDER)

    def ask(self, user_id: str, at: datetime) -> Erasure:
        """Note durably that a user wants to be forgotten.

        Raises:
            AirloomError: The place cannot be written.
            OSError: The disk is broken.
        """
        erasure = Erasure(self.digest(user_id), at)
        self.note(erasure)
        return erasure

    def note(self, erasure: Erasure) -> None:
        """Write what has become of a request."""
        content = erasure._asdict() | {
            "asked_at": erasure.asked_at.isoformat(),
            "done_at": erasure.done_at and erasure.done_at.isoformat(),
        }
        write_text(self.file(erasure), json.dumps(content, indent=2, sort_keys=True) + "\n")

    def file(self, erasure: Erasure) -> Path:
        """Where a request is kept."""
        return self._folder / f"{erasure.person}-{erasure.asked_at:%Y%m%dT%H%M%S%f}.json"

    def all(self) -> list[Erasure]:
        """Every request, open and done, sorted by person and time.

        Raises:
            AirloomError: A file is none of ours.
        """
        return [_read(file) for file in sorted(self._folder.glob("*.json"))]

    def open(self) -> list[Erasure]:
        """Those that are not done yet."""
        return [erasure for erasure in self.all() if erasure.done_at is None]

    def digest(self, user_id: str) -> str:
        """What stands for a user in the files."""
        return hmac.new(self._key, user_id.encode(), hashlib.sha256).hexdigest()[:32]

    @cached_property
    def _key(self) -> bytes:
        """The lake's key, made when it is first needed."""
        place = self._folder / _KEY
        if place.exists():
            return _checked(place)
        if any(self._folder.glob("*.json")):
            raise AirloomError(
                f"{place} is gone, and without it nobody knows whose the requests beside it are",
                do="Put it back from a backup, or ask again for everybody and delete the old requests",
            )
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = temporary_beside(place)
        made.touch(mode=0o600)
        with made.open("wb") as stream:
            stream.write(secrets.token_bytes(_KEY_BYTES))
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):  # whoever is first decides
            os.link(made, place)
        made.unlink()
        return _checked(place)  # its name is on the disk with that of the request, whose folder it shares


def _checked(place: Path) -> bytes:
    key = place.read_bytes()
    if len(key) != _KEY_BYTES:
        raise AirloomError(f"{place} is damaged: {len(key)} bytes", do="Put it back from a backup")
    return key


def _read(file: Path) -> Erasure:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        done_at = content["done_at"]
        return Erasure(
            person=content["person"],
            asked_at=datetime.fromisoformat(content["asked_at"]).astimezone(UTC),
            done_at=None if done_at is None else datetime.fromisoformat(done_at).astimezone(UTC),
            removed=dict(content["removed"]),
            searched=int(content["searched"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AirloomError(
            f"{file} is no request to be forgotten ({type(error).__name__}: {error})",
            do="Move it out of the folder; ask again for whoever it was about",
        ) from error
