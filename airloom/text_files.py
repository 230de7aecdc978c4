"""Text files of datasets: plain or packed with gzip, UTF-8, lines ended as any system ends them."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Final

from airloom.errors import AirloomError

_PACKED: Final = ".gz"


def find(folder: Path, name: str) -> Path | None:
    """Return the file `name` in `folder`, plain or packed; the plain one where both are there."""
    candidates = (folder / name, folder / f"{name}{_PACKED}")
    return next((path for path in candidates if path.exists()), None)


def find_all(folder: Path, pattern: str) -> list[Path]:
    """Return all files whose name, without `.gz`, matches `pattern`; one for each name, by name."""
    packed = {file.with_suffix(""): file for file in folder.glob(f"{pattern}{_PACKED}")}
    plain = {file: file for file in folder.glob(pattern)}
    return [file for _, file in sorted((packed | plain).items())]


def read_lines(file: Path) -> list[str]:
    """Return all lines of a file without their ends, and without those that are empty.

    Raises:
        AirloomError: It cannot be read, unpacked or is not UTF-8.
    """
    try:
        data = file.read_bytes()
        text = (gzip.decompress(data) if file.suffix == _PACKED else data).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AirloomError(
            f"{file} is not UTF-8 at byte {error.start}", do="Convert the file to UTF-8"
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        raise AirloomError(f"{file} cannot be read ({error})", do="Fetch or pack it again") from error
    # not splitlines(): titles hold line separators of Unicode
    return [line for line in (line.removesuffix("\r") for line in text.split("\n")) if line]
