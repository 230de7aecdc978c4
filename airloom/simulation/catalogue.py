"""The public side of the sample world, as its shop knows it: categories, products and short videos."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

LANGUAGES = ("en", "zh", "es")


@dataclass(frozen=True)
class SampleCatalogue:
    """What the shop lists and the platform shows; rows are in the order of the files.

    Attributes:
        leaves: Category paths (top, mid, leaf), one per leaf.
        product_ids: One id a product.
        product_titles: One title a product.
        product_leaves: int16 [P], rows of `leaves`.
        prices: float64 [P], USD.
        content_ids: One id a video.
        content_titles: One title a video.
        content_languages: int8 [C], positions in `LANGUAGES`.
    """

    leaves: tuple[tuple[str, str, str], ...]
    product_ids: tuple[str, ...]
    product_titles: tuple[str, ...]
    product_leaves: NDArray[np.int16]
    prices: NDArray[np.float64]
    content_ids: tuple[str, ...]
    content_titles: tuple[str, ...]
    content_languages: NDArray[np.int8]


@cache
def load_catalogue() -> SampleCatalogue:
    """Return the catalogue that ships with Airloom."""
    leaves = tuple((row["top"], row["mid"], row["leaf"]) for row in read_rows("categories.tsv"))
    leaf_rows = {path[-1]: row for row, path in enumerate(leaves)}
    products, content = read_rows("products.tsv"), read_rows("content.tsv")
    return SampleCatalogue(
        leaves=leaves,
        product_ids=tuple(row["object_id"] for row in products),
        product_titles=tuple(row["title"] for row in products),
        product_leaves=np.array([leaf_rows[row["leaf"]] for row in products], np.int16),
        prices=np.array([float(row["price"]) for row in products]),
        content_ids=tuple(row["object_id"] for row in content),
        content_titles=tuple(row["title"] for row in content),
        content_languages=np.array([LANGUAGES.index(row["lang"]) for row in content], np.int8),
    )


def recorded_replies() -> Path:
    """Return the recorded answers of an LLM to the videos' titles, one JSON object a line."""
    return _file("replies.jsonl")


def prompt() -> Path:
    """Return the prompt that the recorded answers were given to."""
    return _file("prompt.md")


def recorded_cards() -> Path:
    """Return the recorded knowledge cards of the products, written by an LLM, one JSON object a line."""
    return _file("cards.jsonl")


def cards_prompt() -> Path:
    """Return the prompt that the recorded cards were written to."""
    return _file("cards_prompt.md")


def read_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of one tab-separated file of the sample world; titles may hold any quotation mark."""
    with _file(name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def _file(name: str) -> Path:
    return Path(str(resources.files("airloom.simulation"))) / "sample_world" / name
