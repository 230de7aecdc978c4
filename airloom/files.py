"""Atomic writes: a file or folder is written under a temporary name, flushed, and then renamed."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import re
import secrets
import shlex
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar

from airloom.errors import AirloomError

logger = logging.getLogger(__name__)

T = TypeVar("T")

_MAX_LISTINGS: Final = 5
_TEMPORARY: Final = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{8}\.(?P<suffix>tmp|old)")
"""Temporary names of `atomic_file` and `atomic_dir`: `.tmp` is being written, `.old` being replaced."""


def temporary_beside(path: Path) -> Path:
    """Return a new temporary path beside `path`; `unfinished` finds those that killed writers left."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path that becomes `path` only if the block ends without an error.

    Raises:
        AirloomError: The disk is full or the path may not be written.
    """
    temporary = temporary_beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        flush(temporary)
        temporary.replace(path)
        flush(path.parent)
    except OSError as error:
        raise to_user_error(error, path) from error
    finally:
        with suppress(OSError):  # the path itself may be invalid, which is raised above
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_dir(path: Path) -> Iterator[Path]:
    """Yield a temporary folder that becomes `path` only if the block ends without an error.

    A folder already at `path` is replaced.

    Raises:
        AirloomError: The disk is full or the path may not be written.
    """
    temporary = temporary_beside(path)
    former = temporary.with_suffix(".old")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        for file in sorted(temporary.rglob("*")):
            if file.is_file():
                flush(file)
        if path.exists():
            path.rename(former)
        temporary.rename(path)
        flush(path.parent)
    except OSError as error:
        raise to_user_error(error, path) from error
    finally:
        if former.exists() and not path.exists():
            former.rename(path)
        shutil.rmtree(former, ignore_errors=True)
        shutil.rmtree(temporary, ignore_errors=True)


def unfinished(folder: Path) -> list[Path]:
    """Return the temporary files and folders below `folder`: their writers are at work, or were killed.

    A replaced folder (`.old`) counts only if its successor exists; otherwise it is the only copy.
    """
    return sorted(
        path
        for path in folder.rglob(".*")
        if (written := _TEMPORARY.fullmatch(path.name))
        and (written["suffix"] == "tmp" or path.with_name(written["name"]).exists())
    )


def check_writable(path: Path) -> None:
    """Check that `path` can be written, before hours of work; nothing is left there.

    Raises:
        AirloomError: The path may not be written.
    """
    if path.is_dir():
        raise AirloomError(f"{path} is a folder", do="Name a file")
    temporary = temporary_beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch()
        temporary.unlink()
    except OSError as error:
        raise to_user_error(error, path) from error


def check_private(path: Path, *, holds: str) -> None:
    """Check that nobody else may change a file; warn where everybody may read it.

    Pipes and devices, such as `/dev/stdin`, are nobody else's.

    Args:
        path: The file.
        holds: What it holds, for the message.

    Raises:
        AirloomError: Its group or everybody may write it.
        OSError: It does not exist.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        return
    do = f"Run: chmod 600 {shlex.quote(str(path))}"
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise AirloomError(f"{path} holds {holds}, and others than its owner may change it", do=do)
    if status.st_mode & stat.S_IROTH:
        logger.warning("Everybody on this machine may read %s, which holds %s. %s.", path, holds, do)


def read_listed(read: Callable[[], T], *, name: str) -> T:
    """Return what `read` gives, which lists files and reads them; it is repeated if one vanishes meanwhile.

    Another process may merge the files, so that what was listed is in others.

    Args:
        read: Lists and reads anew at each call.
        name: What is read, for the error.

    Raises:
        AirloomError: Files vanish faster than they can be read.
    """
    for _ in range(_MAX_LISTINGS):
        with suppress(FileNotFoundError):
            return read()
    raise AirloomError(f"{name} changes faster than it can be read", do="Run the same command again")


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, atomically."""
    with atomic_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Wait until the disk holds a file, or a folder with the names of its files."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def to_user_error(error: OSError, path: Path) -> Exception:
    """Return what to raise for an error of writing `path`: an AirloomError where the user can act."""
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
            f"{path} cannot be written ({error.strerror})", do="Choose another path for the file"
        )
    return error
