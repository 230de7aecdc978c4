from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from airloom.errors import AirloomError
from airloom.knowledge.claims import PERSON, Claim, Relation, cards_in, claims_table
from airloom.knowledge.overrides import Overridden, override_claims, read_claim_overrides
from airloom.logs.lake import Lake

HEADER = "product\trelation\tvalue\tbecomes\n"
CARDS = {
    "p1": [Claim(Relation.FEATURE, "warm", "import", 0.5), Claim(Relation.NEED, "napping", "rules", 0.5)],
    "p2": [Claim(Relation.FEATURE, "warm", "import", 0.5)],
}


def write(lake: Lake, text: str | bytes) -> None:
    file = lake.path("knowledge", "overrides.tsv")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())


def overridden(folder: Path, *lines: str) -> Overridden:
    lake = Lake(folder)
    write(lake, HEADER + "\n".join(lines))
    claims = claims_table(CARDS, version="v")
    return override_claims(claims, read_claim_overrides(lake), products=pa.array(["p1", "p2"]))


def values(done: Overridden) -> dict[str, list[str]]:
    return {id_: [claim.value for claim in own] for id_, own in cards_in(done.claims).items()}


def test_a_value_is_renamed_on_all_cards_or_on_one(tmp_path: Path) -> None:
    assert values(overridden(tmp_path, "*\tfeature\tWarm\tHeated")) == {
        "p1": ["heated", "napping"],
        "p2": ["heated"],
    }
    assert values(overridden(tmp_path, "p1\tfeature\twarm\theated"))["p2"] == ["warm"]


def test_the_line_of_a_product_counts_before_that_of_all(tmp_path: Path) -> None:
    done = overridden(tmp_path, "*\tfeature\twarm\t-", "p1\tfeature\twarm\theated")

    assert values(done) == {"p1": ["heated", "napping"]}


def test_a_claim_is_struck_or_added(tmp_path: Path) -> None:
    done = overridden(tmp_path, "p1\tneed\tnapping\t-", "p2\tneed\t+\twarm cats", "p2\tneed\t+\told cats")

    assert values(done) == {"p1": ["warm"], "p2": ["warm", "old cats", "warm cats"]}
    assert cards_in(done.claims)["p2"][-1] == Claim(
        Relation.NEED, "warm cats", PERSON, 1.0, "overrides.tsv, line 3"
    )


def test_lines_without_effect_are_named(tmp_path: Path) -> None:
    done = overridden(
        tmp_path, "p9\tneed\t+\tx", "*\tneed\tfishing\t-", "# a comment", "p2\tneed\tnapping\t-"
    )

    assert [row.line for row in done.without_effect] == [2, 3, 5]
    assert done.claims.equals(claims_table(CARDS, version="v"))


def test_without_a_file_nothing_is_overridden(tmp_path: Path) -> None:
    assert read_claim_overrides(Lake(tmp_path)) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("p1\tneed\ta\tb\n", "line 1: the header is missing"),
        (HEADER + "p1\tneed\ta\n", "line 2: 3 columns instead of 4"),
        (HEADER + "p1\tcolour\ta\tb\n", "line 2: there is no relation 'colour'"),
        (HEADER + "p1\tneed\t\tb\n", "line 2: a column is empty"),
        (HEADER + "*\tneed\t+\tb\n", r"line 2: \+ adds a claim to one product"),
        (HEADER + "p1\tneed\ta\tb\np1\tneed\tA\tc\n", "line 3: 'a' becomes 'c', but 'b' in line 2"),
        (HEADER.encode() + b"p1\tneed\t\xff\tb\n", "line 2: no UTF-8"),
    ],
)
def test_a_line_that_cannot_be_followed_is_named(tmp_path: Path, text: str | bytes, message: str) -> None:
    write(Lake(tmp_path), text)

    with pytest.raises(AirloomError, match=message):
        read_claim_overrides(Lake(tmp_path))
