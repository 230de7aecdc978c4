from __future__ import annotations

import re

import pytest

from airloom.errors import AirloomError
from airloom.intents.linking.overrides import DROP, read_overrides
from airloom.logs.lake import Lake
from tests.airloom.intents.linking.overriding import override, write

CATEGORIES = {0: "Pets", 1: "Pets > Cats & Co", 7: "Pets > Cats & Co > Beds"}
HEADER = "kind\tlabel\tbecomes\n"


def test_without_a_file_nothing_is_overridden(lake: Lake) -> None:
    overrides = read_overrides(lake)

    assert not overrides.needs
    assert not overrides.category_nodes(CATEGORIES)


def test_lines_are_normalised_and_may_be_commented_out(lake: Lake) -> None:
    text = "# by hand\r\n\r\nkind\tlabel\tbecomes\r\n  # out\r\nneed\t Calm  CATS\tQuiet Cat \r\n"
    write(lake, "\ufeff" + text + "product type\tCat Bed\tpets>CATS & co  > beds\n")

    overrides = read_overrides(lake)

    assert overrides.needs == {"calm cats": "quiet cat", "quiet cat": "quiet cat"}
    assert overrides.category_nodes(CATEGORIES) == {"cat bed": 7}


def test_lines_are_followed_to_their_end(lake: Lake) -> None:
    override(
        lake,
        ("need", "a", "b"),
        ("need", "b", "c"),
        ("need", "c", "c"),
        ("need", "x", "y"),
        ("need", "y", DROP),
    )

    assert read_overrides(lake).needs == {"a": "c", "b": "c", "c": "c", "x": DROP, "y": DROP}


def test_a_product_type_may_lead_to_an_inner_category_or_nowhere(lake: Lake) -> None:
    override(lake, ("product type", "cat things", "Pets > Cats & Co"), ("product type", "gift card", DROP))

    assert read_overrides(lake).category_nodes(CATEGORIES) == {"cat things": 1, "gift card": -1}


def test_the_same_line_may_be_there_twice(lake: Lake) -> None:
    override(lake, ("need", "a", "b"), ("need", "A ", "B"))

    assert read_overrides(lake).needs["a"] == "b"


@pytest.mark.parametrize(
    ("text", "line", "what", "do"),
    [
        ("need\ta\tb\n", 1, "the header is missing", "kind"),
        (HEADER + "need\ta\n", 2, "2 columns instead of 3", "one tab between them"),
        (HEADER + "\nneed\ta\tb\t0.93\n", 3, "4 columns instead of 3", "nothing after them"),
        (HEADER + "category\tcats\tdogs\n", 2, "no kind 'category'", "need, product type"),
        (HEADER + "need\t \tb\n", 2, "a column is empty", "Fill it"),
        (HEADER + "need\ta\t\n", 2, "a column is empty", "Fill it"),
        (HEADER + "need\ta\tb\nneed\tA\tc\n", 3, "'b' in line 2", "Keep one"),
        (HEADER + "need\ta\tb\nneed\tb\tc\nneed\tc\tb\n", 4, "which becomes 'c' in turn", "Take one"),
        ((HEADER + "need\ta\t").encode() + b"\xff\n", 2, "no UTF-8", "as UTF-8"),
    ],
)
def test_a_line_that_cannot_be_followed_is_named(
    text: str | bytes, line: int, what: str, do: str, lake: Lake
) -> None:
    file = write(lake, text)

    with pytest.raises(AirloomError, match=re.escape(what)) as refused:
        read_overrides(lake)

    assert f"{file}, line {line}:" in refused.value.what
    assert do in refused.value.do


def test_a_category_that_the_shop_never_had_is_refused_with_one_that_it_has(lake: Lake) -> None:
    file = override(lake, ("need", "a", "b"), ("product type", "cat bed", "Pets > Cats > Beds"))

    with pytest.raises(AirloomError, match="no category 'pets > cats > beds'") as refused:
        read_overrides(lake).category_nodes(CATEGORIES)

    assert f"{file}, line 3:" in refused.value.what
    assert "'Pets > Cats & Co > Beds'" in refused.value.do
