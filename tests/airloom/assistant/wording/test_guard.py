from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from airloom.assistant.graph.words import stems_of, words_of
from airloom.assistant.wording.evidence import written_facts
from airloom.assistant.wording.guard import FUNCTION_WORDS, MAX_LENGTH, BrokenRule, broken_rule
from tests.airloom.assistant.parsing.small_words import TITLES, VALUES
from tests.airloom.assistant.wording.small_items import BED, WORDS, item_of


@pytest.mark.parametrize(
    "sentence",
    [
        "A black cat bed by Nest, at 24.50.",
        "The Cloud Donut Bed is black, as you asked; it costs 24.5.",
        "It is black. It is from Nest!",
        "Nest’s cat beds: “Cloud Donut Bed” (black color)",
        "Its color is BLACK, priced at 24,50",
    ],
)
def test_a_sentence_of_the_products_own_facts_is_shown(sentence: str) -> None:
    assert broken_rule(sentence, BED, WORDS) is None


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("", BrokenRule.FORM),
        (" \n", BrokenRule.FORM),
        ("It is black.\nIt is from Nest.", BrokenRule.FORM),
        ("It is black. It is from Nest. It is a cat bed.", BrokenRule.FORM),
        (f"It is {'black ' * 40}", BrokenRule.FORM),
        ("A <b>black</b> cat bed", BrokenRule.FORM),
        ("A **black** cat bed", BrokenRule.FORM),
        ("[black](evil.example)", BrokenRule.FORM),
        ("black: https://evil.example", BrokenRule.FORM),
        ("It is bl\u200back and black", BrokenRule.FORM),
        ("It is black\u202e", BrokenRule.FORM),
        ("It is black for $24.50", BrokenRule.FORM),
        ("A black cat bed at 23.50", BrokenRule.NUMBER),
        ("A black cat bed at 24", BrokenRule.NUMBER),
        ("A black cat bed at -24.50", BrokenRule.NUMBER),
        ("A black cat bed at 24.50-30", BrokenRule.NUMBER),
        ("A black cat bed of 24.50kg", BrokenRule.NUMBER),
        ("A black cat bed for ٢٤", BrokenRule.NUMBER),
        ("A black cat bed in wool", BrokenRule.NAME),
        ("A black leather cat bed", BrokenRule.NAME),  # asked for, and the product is none
        ("A black Chalk Bag", BrokenRule.NAME),
        ("Cloud, a black cat bed", BrokenRule.NAME),  # a part of its title is another product's
        ("A black cat bed at black.nest", BrokenRule.FORM),
        ("A black cat bed: nest.24.50", BrokenRule.FORM),
        ("The best black cat bed", BrokenRule.WORD),
        ("An award-winning black cat bed", BrokenRule.WORD),
        ("A black cat bed with free shipping", BrokenRule.WORD),
        ("It is not black", BrokenRule.WORD),
        ("It isn't black", BrokenRule.WORD),
        ("A non-black cat bed", BrokenRule.WORD),
        ("A black donut", BrokenRule.WORD),
        ("A black cat", BrokenRule.WORD),
        ("Ein cat bed in black", BrokenRule.WORD),
        ("It is bl\u0430ck and black", BrokenRule.WORD),  # with a Cyrillic letter
        ("It is for you.", BrokenRule.NO_FACT),
        ("The Cloud Donut Bed costs 24.50.", BrokenRule.NO_FACT),
    ],
)
def test_anything_else_is_struck_by_its_rule(sentence: str, rule: BrokenRule) -> None:
    assert broken_rule(sentence, BED, WORDS) is rule


@pytest.mark.parametrize(
    ("facts", "sentence", "rule"),
    [
        # what goes with a cat bed is no cat bed
        ([("goes_with", "cat beds")], "It goes with cat beds.", None),
        ([("goes_with", "cat beds")], "It is a cat bed.", BrokenRule.NAME),
        # one relation is not another
        ([("starring", "Ann Lee"), ("directed_by", "Bo Ray")], "Starring Ann Lee, directed by Bo Ray.", None),
        ([("starring", "Ann Lee"), ("directed_by", "Bo Ray")], "Starring Bo Ray, Ann Lee.", BrokenRule.WORD),
        ([("starring", "Ann Lee")], "It is by Ann Lee.", BrokenRule.WORD),
        # a size is no price, and a value that denies is nothing by itself
        ([("size", "24"), ("color", "black")], "In black, size 24.", None),
        ([("size", "24"), ("color", "black")], "In black, it costs 24.", BrokenRule.NUMBER),
        ([("lined", "no"), ("color", "black")], "It has no black.", BrokenRule.NAME),
        ([("lined", "no"), ("color", "black")], "Black, lined: no.", None),
        ([], "It is black.", BrokenRule.NAME),
    ],
)
def test_a_fact_keeps_its_meaning(
    facts: list[tuple[str, str]], sentence: str, rule: BrokenRule | None
) -> None:
    assert broken_rule(sentence, item_of(*facts), WORDS) is rule


def test_words_of_two_facts_that_are_another_products_title_together_are_struck() -> None:
    item = item_of(("color", "black"), title="Cloud", price=9.0)
    assert broken_rule("The black Cloud costs 9.", item, WORDS) is None
    assert broken_rule("The black Cloud 9.", item, WORDS) is BrokenRule.NAME


def test_a_title_that_would_be_a_price_or_deny_something_is_never_written() -> None:
    assert broken_rule("A black 1984.", item_of(("color", "black"), title="1984"), WORDS) is BrokenRule.NUMBER
    assert broken_rule("Not black.", item_of(("color", "black"), title="Not"), WORDS) is BrokenRule.WORD


def test_an_unknown_price_is_no_number() -> None:
    assert (
        broken_rule("It is black, at 24.50.", item_of(("color", "black"), price=None), WORDS)
        is BrokenRule.NUMBER
    )


def test_no_function_word_denies_compares_or_praises() -> None:
    telling = "no not never without none or but less more most than under over best only just like by from"
    assert not FUNCTION_WORDS.intersection(stems_of(telling))


PARTS = st.sampled_from(
    (
        *VALUES,
        *TITLES,
        *("nest", "Nest's", "black", "Cloud 9", "24.50", "24.5", "9", "24,500", "1e9", "³"),
        *("a", "is", "it", "with", "for", "costs", "not", "no", "best", "free shipping", "<b>", "http://x.y"),
        *("color is", "color", "by", "猫", "\n", ".", "'", "-", "_", "\u202e"),
    )
)
SENTENCES = st.lists(PARTS, max_size=12).map(" ".join) | st.lists(PARTS, max_size=8).map("".join) | st.text()
ITEMS = st.builds(
    lambda facts, title, price: item_of(*facts, title=title, price=price),
    st.lists(
        st.tuples(st.sampled_from(("color", "brand", "goes_with", "size")), st.sampled_from(VALUES)),
        max_size=3,
    ),
    st.sampled_from((*TITLES, "Cloud", "not", "9")),
    st.sampled_from((None, 24.5, 9.0, 500.0)),
)


@settings(max_examples=500)
@given(SENTENCES, ITEMS)
@example("A black cat bed by Nest, at 24.50.", BED)
def test_what_is_shown_is_the_products_own_facts_price_and_title_and_function_words_only(
    sentence: str, item: object
) -> None:
    """Checked in another way than the guard's: by taking away what may be there, as text."""
    assert isinstance(item, type(BED))
    if broken_rule(sentence, item, WORDS) is not None:
        return
    assert len(sentence) <= MAX_LENGTH
    assert not re.search(r"[<>\[\]{}*_#`|\\/@$€\x00-\x1f\u202e]", sentence)
    stems = [word.stem for word in words_of(sentence)]
    own = sorted(map(stems_of, (*written_facts(item), item.title)), key=len, reverse=True)
    prices = {stems_of(f"{item.price:{form}}") for form in ("g", ".1f", ".2f")} if item.price else set()
    left, index = [], 0
    while index < len(stems):
        size = max(
            (
                len(phrase)
                for phrase in (*own, *prices)
                if tuple(stems[index : index + len(phrase)]) == phrase
            ),
            default=0,
        )
        left += [] if size else [stems[index]]
        index += size or 1
    assert set(left) <= FUNCTION_WORDS
    evidence = " | ".join(" ".join(phrase) for phrase in own)
    for text in (*VALUES, *TITLES):
        phrase = " ".join(stems_of(text))
        if f" {phrase} " in f" {' '.join(stems)} ":
            assert re.search(rf"\b{re.escape(phrase)}\b", evidence)
