from __future__ import annotations

from airloom.knowledge.rules.title_terms import title_terms

BEDS = ["round cat bed for cats", "heated cat bed for kittens", "heated cat bed for winter"]
LAMPS = ["desk lamp for reading", "round desk lamp for kids", "heated blanket for winter"]


def terms_of(
    titles: list[str], *, own: str = "", min_titles: int = 2, max_share: float = 0.7
) -> list[list[str]]:
    own_words = [own] * len(titles)
    terms = title_terms(titles, own_words, keep=2, min_titles=min_titles, max_share=max_share)
    lists: list[list[str]] = [[] for _ in titles]
    for row, term in zip(terms.rows.tolist(), terms.terms, strict=True):
        lists[row].append(term)
    return lists


def test_rare_terms_come_first_and_too_common_or_single_ones_say_nothing() -> None:
    terms = terms_of(BEDS + LAMPS)

    assert terms[2] == ["winter", "heated"]
    assert all("for" not in own and "kittens" not in own for own in terms)


def test_what_the_category_says_already_is_no_feature() -> None:
    assert terms_of(BEDS + LAMPS, own="Beds > Cats")[0] == ["round"]


def test_titles_without_blanks_between_words_have_terms_too() -> None:
    titles = ["冬季猫窝", "冬季保暖毯", "夏季凉席", "cama de gato de invierno", "manta de invierno", "mesa"]

    terms = terms_of(titles, max_share=0.4)

    assert "冬季" in terms[0]
    assert "invierno" in terms[3]
    assert terms_of(titles, max_share=0.5)[4] == ["de", "invierno"]  # a small shop cannot tell stop words


def test_titles_that_say_nothing_are_no_error() -> None:
    assert terms_of([]) == []
    assert terms_of(["", "   ", "12 34", "!!"]) == [[], [], [], []]
