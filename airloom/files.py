"""Files that are either whole or absent: written beside their place, flushed, then renamed."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from airloom.errors import AirloomError

_TEMPORARY: Final = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{8}\.(?P<suffix>tmp|old)")
"""How `whole_file` and `whole_folder` call what is not yet whole, and what makes room for it."""


def temporary_beside(path: Path) -> Path:
    """A new path beside `path` for what is to become it; `unfinished` finds what a killed writer leaves."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path that becomes `path` only if the block ends without an error.

    Raises:
        AirloomError: The disk is full or the place may not be written.
    """
    temporary = temporary_beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        _flush(temporary)
        temporary.replace(path)
        _flush(path.parent)
    except OSError as error:
        raise explained(error, path) from error
    finally:
        with suppress(OSError):  # the place itself may be none, which was said above
            temporary.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder that becomes `path` only if the block ends without an error.

    A folder already at `path` is replaced.

    Raises:
        AirloomError: The disk is full or the place may not be written.
    """
    temporary = temporary_beside(path)
    former = temporary.with_suffix(".old")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        for file in sorted(temporary.rglob("*")):
            if file.is_file():
                _flush(file)
        if path.exists():
            path.rename(former)
        temporary.rename(path)
        _flush(path.parent)
    except OSError as error:
        raise explained(error, path) from error
    finally:
        if former.exists() and not path.exists():
            former.rename(path)
        shutil.rmtree(former, ignore_errors=True)
        shutil.rmtree(temporary, ignore_errors=True)


def unfinished(folder: Path) -> list[Path]:
    """What writers below `folder` have begun and not finished: they are at work, or were killed.

    A folder that was moved aside counts only if its successor is there; else it is the only copy.
    """
    return sorted(
        path
        for path in folder.rglob(".*")
        if (written := _TEMPORARY.fullmatch(path.name))
        and (written["suffix"] == "tmp" or path.with_name(written["name"]).exists())
    )


def check_writable(path: Path) -> None:
    """Find out before hours of work whether `path` could be written after them; nothing is left there.

    Raises:
        AirloomError: The place may not be written.
    """
    if path.is_dir():
        raise AirloomError(f"{path} is a folder", do="Name a file")
    temporary = temporary_beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch()
        temporary.unlink()
    except OSError as error:
        raise explained(error, path) from error


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def explained(error: OSError, path: Path) -> Exception:
    """What to raise for an error of writing `path`: a sentence where the user can mend it."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return AirloomError(
            f"The disk is full, so {path} was not written and nothing there changed",
            do="Free some space and run the same command again",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return AirloomError(
            f"{path} may not be written ({error.strerror})",
            do="Give this user the right to write there or choose another folder",
        )
    if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ENAMETOOLONG, errno.EFBIG):
        return AirloomError(
            f"{path} cannot be written ({error.strerror})", do="Choose another place for the file"
        )
    return error
