from __future__ import annotations

import pickle

import pytest

from airloom.errors import AirloomError


def test_an_error_says_what_is_wrong_and_what_to_do() -> None:
    error = AirloomError("a.parquet has no column ts.", do="Deliver it again.")
    assert str(error) == "a.parquet has no column ts. Deliver it again."
    assert (error.what, error.do) == ("a.parquet has no column ts", "Deliver it again")


def test_an_error_is_one_line_whatever_a_library_said() -> None:
    error = AirloomError("a.yaml is not valid (\n  line 3:\tno colon\n)", do="Correct\nit")
    assert str(error) == "a.yaml is not valid ( line 3: no colon ). Correct it."


def test_a_mistake_crosses_processes_whole() -> None:
    read = pickle.loads(pickle.dumps(AirloomError("day 3 is missing", do="Deliver it")))  # noqa: S301 - our own
    assert (read.what, read.do, str(read)) == (
        "day 3 is missing",
        "Deliver it",
        "day 3 is missing. Deliver it.",
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://air:s3cret@db:5432/mlflow is away", "postgresql://***@db:5432/mlflow is away"),
        ("redis://:s3cret@cache:6379/0", "redis://***@cache:6379/0"),
        ("HTTPS://token@git", "HTTPS://***@git"),
        ("http://u:s3c/retpw@h and http://u:p@s3cret@h", "http://***@h and http://***@h"),
        ("sqlite:///x?password=s3cret&a=1", "sqlite:///x?password=***&a=1"),
        ("a name \udcff and a bell \a", "a name ? and a bell ?"),
        ("write to me@example.com or see http://x/@me", "write to me@example.com or see http://x/@me"),
    ],
)
def test_no_message_holds_the_password_of_a_url(text: str, shown: str) -> None:
    assert str(AirloomError(text, do="Wait")) == f"{shown}. Wait."
