"""Fingerprints of what files hold: equal for a copy of a lake, different for any other byte.

Names and bytes count; file times do not. A local file is read again only if its size, times or inode changed,
an object of a store only if its entity tag did: that memory (`lineage/digests/` in the lake) saves time and
decides nothing, and it may be deleted.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Final

from pyarrow import fs

from airloom.errors import AirloomError
from airloom.files import read_listed
from airloom.logs.contract import Table
from airloom.logs.lake import Lake

FOLDER: Final = ("lineage", "digests")
ABSENT: Final = ""
"""Fingerprint of what is not there."""

_CHUNK_BYTES: Final = 1 << 20
_READERS: Final = 8
"""Files read at a time: an object store answers late, and many at once."""
_SETTLED_NS: Final = 2_000_000_000
"""A file that changed later than this before it was read may change again within one tick of its clock."""


def day_fingerprints(lake: Lake, table: Table, *, through: date) -> dict[date, str]:
    """Return the fingerprint of every day that `table` holds up to `through`, ascending by day.

    Raises:
        AirloomError: Files vanish faster than they can be read.
    """

    def read() -> dict[date, str]:
        days = [day for day in lake.days(table) if day <= through]
        files = {day: lake.files(table, day) for day in days}
        digests = _remembered_digests(lake, table.name, [file for day in days for file in files[day]])
        return {
            day: _combined((lake.name_in_day(file, table, day), digests[file]) for file in files[day])
            for day in days
        }

    return read_listed(read, name=table.name)


def fingerprint_of_day(lake: Lake, table: Table, day: date) -> str:
    """Return the fingerprint of a day that was written just now; `ABSENT` if there is none.

    Raises:
        AirloomError: Files vanish faster than they can be read.
    """
    return read_listed(
        lambda: _combined(
            (lake.name_in_day(file, table, day), _sha256(lake, file)) for file in lake.files(table, day)
        ),
        name=f"{table.name} {day}",
    )


def path_fingerprint(lake: Lake, path: str) -> str:
    """Return the fingerprint of a file or folder below the lake's root; `ABSENT` if there is none.

    Raises:
        AirloomError: Files vanish faster than they can be read.
    """
    start = lake.location(path)

    def read() -> str:
        files = lake.files_below(path)
        digests = _remembered_digests(lake, path, files)
        return _combined((file.removeprefix(start), digests[file]) for file in files)

    return read_listed(read, name=path)


def fingerprints_before(days: Mapping[date, str], at: Iterable[date]) -> dict[date, str]:
    """Return for every day of `at` the fingerprint of all `days` before it; `ABSENT` if there are none.

    >>> days = {date(2026, 3, 1): "a", date(2026, 3, 2): "b"}
    >>> first, second = fingerprints_before(days, days).values()
    >>> first == ABSENT, second == ABSENT
    (True, False)
    """
    earlier = iter(sorted(days.items()))
    following = next(earlier, None)
    combined, running = {}, ABSENT
    for day in sorted(at):
        while following is not None and following[0] < day:
            running = _combined([("", running), (str(following[0]), following[1])])
            following = next(earlier, None)
        combined[day] = running
    return combined


def _combined(named: Iterable[tuple[str, str]]) -> str:
    lines = [f"{digest} {name}" for name, digest in named]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32] if lines else ABSENT


def _remembered_digests(lake: Lake, name: str, files: Sequence[str]) -> dict[str, str]:
    """Return the SHA-256 of every file, from memory where it is still the file that was read then."""
    memory = "/".join((*FOLDER, f"{name}.json"))
    start = lake.location("")
    known = _read_memory(lake, memory)
    fresh: dict[str, list[str]] = {}

    def digest(file: str) -> str:
        now = time.time_ns()
        version = _version(lake, file)
        key = file.removeprefix(start)
        if version is not None and known.get(key, [""])[0] == version:
            fresh[key] = known[key]
            return known[key][1]
        content = _sha256(lake, file)
        if version is not None and version == _version(lake, file, settled_before_ns=now - _SETTLED_NS):
            fresh[key] = [version, content]
        return content

    with ThreadPoolExecutor(_READERS) as pool:
        digests = dict(zip(files, pool.map(digest, files), strict=True))
    if any(known.get(key) != entry for key, entry in fresh.items()):
        with suppress(AirloomError, OSError):  # a lake that may only be read is read without a memory
            kept = _existing(lake, {**_read_memory(lake, memory), **fresh}, listed=fresh)
            lake.write_text(json.dumps(kept, indent=0, sort_keys=True), memory)
    return digests


def _existing(
    lake: Lake, entries: Mapping[str, list[str]], *, listed: Mapping[str, list[str]]
) -> dict[str, list[str]]:
    """Return the entries whose file is there: another run may list other days, and parts are compacted."""
    unlisted = [key for key in entries if key not in listed]
    infos = lake.filesystem.get_file_info([lake.location("") + key for key in unlisted])
    absent = {key for key, info in zip(unlisted, infos, strict=True) if info.type != fs.FileType.File}
    return {key: entry for key, entry in entries.items() if key not in absent}


def _version(lake: Lake, file: str, *, settled_before_ns: int | None = None) -> str | None:
    """Return what tells this version of a file from every other; None if nothing does.

    Args:
        lake: Holds the file.
        file: As `Lake.files` names it.
        settled_before_ns: A local file that changed later than this has no version yet.
    """
    if isinstance(lake.filesystem, fs.LocalFileSystem):
        state = Path(file).stat()
        if settled_before_ns is not None and state.st_ctime_ns > settled_before_ns:
            return None
        return f"{state.st_size} {state.st_mtime_ns} {state.st_ctime_ns} {state.st_ino}"
    with lake.filesystem.open_input_file(file) as stream:
        tags = {str(_text(key)).lower(): _text(value) for key, value in stream.metadata().items()}
        return f"{stream.size()} {tags['etag']}" if tags.get("etag") else None


def _sha256(lake: Lake, file: str) -> str:
    digest = hashlib.sha256()
    with lake.filesystem.open_input_stream(file) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _read_memory(lake: Lake, memory: str) -> dict[str, list[str]]:
    try:
        content = json.loads(lake.read_text(memory) or "{}")
        return {str(file): [str(version), str(digest)] for file, (version, digest) in content.items()}
    except (ValueError, TypeError, AttributeError):
        return {}
