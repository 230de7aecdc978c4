"""One command at a time writes to a home; a second one says which command that is.

The lock is the kernel's, on the file `lake/.lock`, so it is gone as soon as its holder is. A network file
system may lock on each machine only, or not at all: therefore the file also names its holder and is touched
every half minute, and there a holder on another machine counts until that has not happened for five minutes.
What remains: two machines that begin at the same moment on a file system without locks.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import psutil

from airloom.errors import AirloomError
from airloom.files import temporary_beside, to_user_error
from pipelines.home import Home

LOCAL: Final = {"apfs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "hfs", "overlay", "tmpfs", "xfs", "zfs"}
"""File systems of one machine, whose locks can be relied on."""
TOUCH_S: Final = 30.0
STALE_S: Final = 300.0
"""Seconds without a touch after which the holder on another machine is taken for dead."""


class Holder(NamedTuple):
    """Who uses a home.

    Attributes:
        command: Its words, without what was given to it, which may be a user's id.
        pid: Process id.
        host: Name of its machine.
        since: When it began, UTC, ISO.
    """

    command: str
    pid: int
    host: str
    since: str

    @classmethod
    def of_this_process(cls, command: str) -> Holder:
        """Return this process."""
        since = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(command, os.getpid(), socket.gethostname(), since)


@contextmanager
def locked(home: Home, *, command: str) -> Iterator[None]:
    """Hold the lock of a home.

    Args:
        home: It need not exist yet.
        command: What a second command says about this one.

    Raises:
        AirloomError: Another command holds it, or the home may not be written.
    """
    home.prepare()
    path = home.lake / ".lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise to_user_error(error, path) from error
    released = threading.Event()
    try:
        _take(descriptor, path, home)
        _write(descriptor, json.dumps(Holder.of_this_process(command)._asdict()))
        threading.Thread(target=_keep_fresh, args=(path, released), daemon=True).start()
        try:
            yield
        finally:
            _write(descriptor, "")
    finally:
        released.set()
        os.close(descriptor)


def _take(descriptor: int, path: Path, home: Home) -> None:
    """Take the kernel's lock and check the holder that the file names.

    Raises:
        AirloomError: Another command holds it.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        has_locks = True
    except BlockingIOError as error:
        raise _held(_read(path), home) from error
    except OSError:  # a file system without locks
        has_locks = False
    holder = _read(path)
    if holder is None or (has_locks and _file_system(path) in LOCAL):
        return  # nobody, or somebody who was killed
    if holder.host == socket.gethostname():
        alive = not has_locks and holder.pid != os.getpid() and psutil.pid_exists(holder.pid)
    else:
        alive = _seconds_since_touch(path) < STALE_S
    if alive:
        raise _held(holder, home)


def _held(holder: Holder | None, home: Home) -> AirloomError:
    if holder is None:
        return AirloomError(f"{home.root} is used by another command", do="Wait until it has ended")
    return AirloomError(
        f"{home.root} is used by `{holder.command}`, process {holder.pid} on {holder.host}, "
        f"since {holder.since}",
        do="Wait until it has ended, or stop it",
    )


def _read(path: Path) -> Holder | None:
    try:
        return Holder(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # empty: released; or just being written
        return None


def _write(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(), 0)


def _seconds_since_touch(path: Path) -> float:
    """Return how long ago the file was touched, by the clock of the machine that stores it."""
    probe = temporary_beside(path)
    try:
        probe.touch()
        return probe.stat().st_mtime - path.stat().st_mtime
    finally:
        probe.unlink(missing_ok=True)


def _file_system(path: Path) -> str:
    mounts = psutil.disk_partitions(all=True)
    holding = [mount for mount in mounts if path.resolve().is_relative_to(mount.mountpoint)]
    return max(holding, key=lambda mount: len(mount.mountpoint)).fstype if holding else ""


def _keep_fresh(path: Path, released: threading.Event) -> None:
    while not released.wait(TOUCH_S):
        with suppress(OSError):
            os.utime(path)
