"""The landed files of one source, which have one name in every day."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from pyarrow import fs

from airloom.logs.contract import Table
from airloom.logs.lake import Lake


def former_days(lake: Lake, table: Table, days: Collection[date], *, file: str) -> list[date]:
    """Return the days besides `days` that hold a landed file of this name, ascending: an earlier landing's.

    Args:
        lake: Holds the landing folder.
        table: The delivered table.
        days: The days that the source holds now.
        file: The name, without its extension.
    """
    candidates = [day for day in lake.days(lake.landing(table)) if day not in days]
    infos = lake.filesystem.get_file_info([_location(lake, table, day, file) for day in candidates])
    return [day for day, info in zip(candidates, infos, strict=True) if info.type == fs.FileType.File]


def remove_file(lake: Lake, table: Table, days: Iterable[date], *, file: str) -> None:
    """Remove the landed file of this name from `days`, which hold it; a day without another file goes too."""
    for day in days:
        location = _location(lake, table, day, file)
        lake.filesystem.delete_file(location)
        folder = location.rpartition("/")[0]
        if not lake.filesystem.get_file_info(fs.FileSelector(folder, allow_not_found=True)):
            lake.delete(lake.landing(table), day)


def _location(lake: Lake, table: Table, day: date, file: str) -> str:
    return lake.location(lake.landing(table).name, f"dt={day}", f"{file}.parquet")
