from __future__ import annotations

import pickle

from airloom.errors import AirloomError


def test_an_error_says_what_is_wrong_and_what_to_do():
    error = AirloomError("a.parquet has no column ts.", do="Deliver it again.")
    assert str(error) == "a.parquet has no column ts. Deliver it again."
    assert (error.what, error.do) == ("a.parquet has no column ts", "Deliver it again")


def test_an_error_is_one_line_whatever_a_library_said():
    error = AirloomError("a.yaml is not valid (\n  line 3:\tno colon\n)", do="Correct\nit")
    assert str(error) == "a.yaml is not valid ( line 3: no colon ). Correct it."


def test_a_mistake_crosses_processes_whole() -> None:
    read = pickle.loads(pickle.dumps(AirloomError("day 3 is missing", do="Deliver it")))  # noqa: S301 - our own
    assert (read.what, read.do, str(read)) == (
        "day 3 is missing",
        "Deliver it",
        "day 3 is missing. Deliver it.",
    )
