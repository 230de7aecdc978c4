from __future__ import annotations

from airloom.intents.reasoners.student.words import HASHED, Words


def test_a_text_is_its_word_pieces_in_order(words: Words) -> None:
    (rows,) = words.rows(["Espresso grinders"])

    assert "".join(words.pieces[row] for row in rows) == "espressogrinders"


def test_emoji_are_words(words: Words) -> None:
    assert words.rows(["🐈"]) == words.rows(["cat"])


def test_signs_and_pairs_of_other_scripts_have_rows_of_their_own(words: Words) -> None:
    cat, sleeping, both = words.rows(["猫", "睡觉", "猫睡觉"])

    hashed = [{row for row in rows if row >= len(words.pieces)} for rows in (cat, sleeping, both)]
    assert [len(rows) for rows in hashed] == [1, 3, 5]  # signs and pairs
    assert hashed[0] | hashed[1] < hashed[2]
    assert all(row < len(words) == len(words.pieces) + HASHED for rows in hashed for row in rows)


def test_a_long_text_is_read_to_a_bounded_length(words: Words) -> None:
    latin, chinese = words.rows(["cat " * 10_000, "猫" * 10_000])

    assert len(latin) == 256
    assert len(chinese) <= 512


def test_what_nobody_can_read_has_no_row(words: Words) -> None:
    assert words.rows(["", "  ", "\u200d\ufe0f"]) == [[], [], []]
