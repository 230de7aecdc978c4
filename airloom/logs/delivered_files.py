"""Which of the files under a landed day are read, and which must not be overlooked.

The rule is that of Spark and Hive: names that begin with `_` or `.` are hidden (`_SUCCESS`, `_temporary/`,
`.part-0.parquet.crc`), except the folders of a partition (`_hour=12`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from typing import Final

from airloom.errors import AirloomError
from airloom.logs.contract import LOG_TABLES, Table

EXTENSION: Final = ".parquet"
MAX_NAMED: Final = 5
_DO: Final = (
    "Deliver rows as .parquet files in folders named dt=YYYY-MM-DD, and move everything else out of the "
    "landing folder or give it a name that begins with _ or ."
)


def day_of_folder(name: str, *, where: str) -> date:
    """Return the day that a folder `dt=YYYY-MM-DD` is named after.

    Raises:
        AirloomError: It is not named after a day, or not written so; `where` it lies is in the message.
    """
    day = _day(name)
    if day is None:
        raise AirloomError(
            f"The folder {where}/{name} is not named after a day",
            do="Name it dt=YYYY-MM-DD (two digits for month and day) or move it out of the lake",
        )
    return day


def _day(folder: str) -> date | None:
    text = folder.removeprefix("dt=")
    with suppress(ValueError):
        day = date.fromisoformat(text)
        # Python reads 20260301 too, but `Lake.files` would not list that folder again
        return day if folder == f"dt={day}" else None
    return None


def is_read(path: str) -> bool:
    """Return whether a file is read, given its path below the folder of its day.

    >>> is_read("hour=12/PART-1.PARQUET"), is_read("_temporary/part-0.parquet"), is_read("part-0.pq")
    (True, False, False)
    """
    return path.lower().endswith(EXTENSION) and not is_hidden(path)


def is_hidden(path: str) -> bool:
    """Return whether a file or one of its folders is hidden."""
    return any(part.startswith(".") or (part.startswith("_") and "=" not in part) for part in path.split("/"))


def refuse_unread(paths: Sequence[str], *, landing: str) -> None:
    """Check that nothing of the landing folder would be overlooked.

    Args:
        paths: Of all files below the landing folder, relative to it.
        landing: What to call the folder in an error.

    Raises:
        AirloomError: A file is neither read nor hidden, or a column is in the names of folders only.
    """
    tables = {table.name: table for table in LOG_TABLES}
    visible = [path for path in sorted(paths) if not is_hidden(path)]
    unread = [path for path in visible if not _is_in_a_day(path, tables)]
    if unread:
        files = "1 file that is" if len(unread) == 1 else f"{len(unread):,} files that are"
        more = f" and {len(unread) - MAX_NAMED:,} more" if len(unread) > MAX_NAMED else ""
        raise AirloomError(f"{landing} holds {files} not read: {', '.join(unread[:MAX_NAMED])}{more}", do=_DO)
    for path in visible:
        for column in _columns_in_folders(path, tables[path.partition("/")[0]]):
            raise AirloomError(
                f"{landing}/{path}: the column {column} is in the name of a folder, where it is not read",
                do=f"Write {column} as a column of the file too",
            )


def _is_in_a_day(path: str, tables: dict[str, Table]) -> bool:
    table, _, rest = path.partition("/")
    day, _, below = rest.partition("/")
    return table in tables and _day(day) is not None and bool(below) and is_read(below)


def _columns_in_folders(path: str, table: Table) -> Iterator[str]:
    folders = path.split("/")[2:-1]
    names = (folder.partition("=")[0] for folder in folders if "=" in folder)
    return (name for name in names if name in table.schema.names)
