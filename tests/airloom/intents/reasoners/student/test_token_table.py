from __future__ import annotations

from airloom.intents.reasoners.student.token_table import HASHED, TokenTable


def test_a_text_is_its_word_pieces_in_order(tokens: TokenTable) -> None:
    (rows,) = tokens.rows(["Espresso grinders"])

    assert "".join(tokens.pieces[row] for row in rows) == "espressogrinders"


def test_emoji_are_words(tokens: TokenTable) -> None:
    assert tokens.rows(["🐈"]) == tokens.rows(["cat"])


def test_signs_and_pairs_of_other_scripts_have_rows_of_their_own(tokens: TokenTable) -> None:
    cat, sleeping, both = tokens.rows(["猫", "睡觉", "猫睡觉"])

    hashed = [{row for row in rows if row >= len(tokens.pieces)} for rows in (cat, sleeping, both)]
    assert [len(rows) for rows in hashed] == [1, 3, 5]  # signs and pairs
    assert hashed[0] | hashed[1] < hashed[2]
    assert all(row < len(tokens) == len(tokens.pieces) + HASHED for rows in hashed for row in rows)


def test_a_long_text_is_read_to_a_bounded_length(tokens: TokenTable) -> None:
    latin, chinese = tokens.rows(["cat " * 10_000, "猫" * 10_000])

    assert len(latin) == 256
    assert len(chinese) <= 512


def test_what_nobody_can_read_has_no_row(tokens: TokenTable) -> None:
    assert tokens.rows(["", "  ", "\u200d\ufe0f"]) == [[], [], []]
