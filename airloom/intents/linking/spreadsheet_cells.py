"""Texts as cells of a file that people open in a spreadsheet, which would compute `=1+1` and worse."""

from __future__ import annotations

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@")
_QUOTE: Final = "'"


def cell(text: str) -> str:
    """Return the text as a cell; where a spreadsheet would see a formula, an apostrophe stands before it.

    A lone `-` is none, and stays.

    >>> [cell("=1+1"), cell("cat bed"), cell("-"), cell("'=x")]
    ["'=1+1", 'cat bed', '-', "''=x"]
    """
    return _QUOTE + text if _is_formula(text) else text


def text_in(cell_text: str) -> str:
    """Return the text that `cell` made a cell of, or a person wrote.

    >>> [text_in("'=1+1"), text_in("cat bed"), text_in("''=x")]
    ['=1+1', 'cat bed', "'=x"]
    """
    quoted = cell_text.startswith(_QUOTE) and _is_formula(cell_text)
    return cell_text[1:] if quoted else cell_text


def _is_formula(text: str) -> bool:
    bare = text.lstrip(_QUOTE)
    return bare.startswith(_FORMULA) and bare != "-"
