from __future__ import annotations

from airloom.errors import AirloomError


def test_an_error_says_what_is_wrong_and_what_to_do():
    error = AirloomError("a.parquet has no column ts.", do="Deliver it again.")
    assert str(error) == "a.parquet has no column ts. Deliver it again."
    assert (error.what, error.do) == ("a.parquet has no column ts", "Deliver it again")
