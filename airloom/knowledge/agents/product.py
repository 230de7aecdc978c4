"""A product as the agents and the critic get to read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa

from airloom.llm.prompt import visible

MAX_TITLE_LENGTH: Final = 300
MAX_DESCRIPTION_LENGTH: Final = 1200
MAX_CATEGORY_LENGTH: Final = 80
MAX_CATEGORIES: Final = 6
"""Characters of each text, and levels of the category path, that a model gets to read."""

PRODUCT_COLUMNS: Final = (
    ("title", pa.string()),
    ("description", pa.string()),
    ("category_path", pa.list_(pa.string())),
)


def shown_product(product: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a prompt says about a product: title, description and category path, without what is blank.

    Args:
        product: Has `PRODUCT_COLUMNS`.
    """
    shown: dict[str, Any] = {"title": visible(product["title"], MAX_TITLE_LENGTH)}
    if description := visible(product.get("description") or "", MAX_DESCRIPTION_LENGTH):
        shown["description"] = description
    path = [visible(label, MAX_CATEGORY_LENGTH) for label in product.get("category_path") or ()]
    if path := [label for label in path if label][:MAX_CATEGORIES]:
        shown["category"] = path
    return shown


def text_of(product: Mapping[str, Any]) -> str:
    """Return all that a prompt says about a product as one text."""
    shown = shown_product(product)
    return "\n".join([shown["title"], shown.get("description", ""), *shown.get("category", ())])
