"""Informative terms of titles, in any script, without a list of stop words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

_WORD: Final = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0e7f]+")
"""Runs of Chinese, Japanese and Thai, which have no blanks between words: pairs of characters stand in."""


class TitleTerms(NamedTuple):
    """The terms that say most about each title, best first within a title.

    Attributes:
        rows: int64 [T], the title of each.
        terms: [T], lower case.
        titles: int64 [T], how many titles have the term.
    """

    rows: NDArray[np.int64]
    terms: list[str]
    titles: NDArray[np.int64]


def terms_in(title: str) -> Iterator[str]:
    """Yield the words of a title, lower case, and the pairs of characters of scripts without blanks.

    A number without a letter is no term: it is a size, a count or a model.

    >>> list(terms_in("Anti-fog visor, 23 pieces"))
    ['anti-fog', 'visor', 'pieces']
    >>> list(terms_in("冬季猫窝 XL"))
    ['冬季', '季猫', '猫窝', 'xl']
    """
    for word in _WORD.findall(title.lower()):
        if run := _UNSPACED.search(word):
            characters = run[0]
            yield from (characters[start : start + 2] for start in range(max(len(characters) - 1, 1)))
        elif len(word) > 1 and any(map(str.isalpha, word)):
            yield word


def title_terms(
    titles: Sequence[str],
    own_words: Sequence[str],
    *,
    keep: int,
    min_titles: int,
    max_share: float,
) -> TitleTerms:
    """Return the rarest terms of each title that are common enough to mean something.

    Stop words are in too many titles, in any language; names of models and brands in too few.

    Args:
        titles: One a product.
        own_words: What is said about the product already, such as its category: no term repeats a word of it.
        keep: Terms of a title.
        min_titles: Titles that a term must be in.
        max_share: Share of the titles that it may be in; but always `min_titles` of them.
    """
    codes: dict[str, int] = {}
    pairs: list[tuple[int, int]] = []
    for number, (title, own) in enumerate(zip(titles, own_words, strict=True)):
        repeated = set(map(_stem, terms_in(own)))
        new = (term for term in dict.fromkeys(terms_in(title)) if _stem(term) not in repeated)
        pairs += [(number, codes.setdefault(term, len(codes))) for term in new]
    row, column = np.array(pairs, np.int64).reshape(-1, 2).T
    frequency = np.bincount(column, minlength=len(codes))
    limit = max(max_share * len(titles), min_titles)
    tells = (frequency[column] >= min_titles) & (frequency[column] <= limit)
    row, column = row[tells], column[tells]
    order = np.lexsort((np.arange(len(row)), frequency[column], row))
    row, column = row[order], column[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    row, column = row[rank < keep], column[rank < keep]
    names = list(codes)
    return TitleTerms(row, [names[code] for code in column.tolist()], frequency[column])


def _stem(word: str) -> str:
    return word.removesuffix("s")
