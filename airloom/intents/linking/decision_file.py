"""Files in which a person writes decisions: tab-separated cells under a header; errors name the line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from airloom.errors import AirloomError
from airloom.intents.linking.spreadsheet_cells import text_in


class DecisionLine(NamedTuple):
    """The cells of one line, and its number in the file, from 1."""

    line: int
    cells: list[str]


def read_decisions(file: Path, columns: Sequence[str]) -> Iterator[DecisionLine]:
    """Yield the lines below the header; none if there is no file.

    Blank lines and lines that begin with # are left out. An apostrophe before what a spreadsheet would take
    for a formula is no part of a cell.

    Args:
        file: UTF-8.
        columns: The header.

    Raises:
        AirloomError: The file cannot be read, or has no such header or columns.
    """
    header = "\t".join(columns)
    seen_header = False
    for line, text in enumerate(_text(file).split("\n"), start=1):
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        cells = [text_in(cell.strip()) for cell in text.split("\t")]
        if len(cells) != len(columns):
            reject_line(
                file,
                line,
                f"{len(cells)} columns instead of {len(columns)}",
                do=f"Write {', '.join(columns)}, with one tab between them and nothing after them",
            )
        if seen_header:
            yield DecisionLine(line, cells)
        elif cells == list(columns):
            seen_header = True
        else:
            reject_line(file, line, "the header is missing", do=f"Begin the file with the line {header!r}")


def reject_line(file: Path, line: int, what: str, *, do: str) -> NoReturn:
    """Raise the `AirloomError` of a line that cannot be followed."""
    raise AirloomError(f"{file}, line {line}: {what}", do=do)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise AirloomError(
            f"{file} cannot be read ({error.strerror})", do="Give this user the right to read it"
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        reject_line(file, line, f"no UTF-8 ({error.reason})", do="Save the file as UTF-8")
