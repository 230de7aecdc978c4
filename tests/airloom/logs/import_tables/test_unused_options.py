from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS
from airloom.logs.import_tables.mapping import ImportMapping, parse_mapping
from airloom.logs.import_tables.source import SourceFile
from airloom.logs.import_tables.unused_options import check_used

SOURCE: Final = SourceFile(Path("events.csv"), "raw", {"uid": "VARCHAR", "cents": "VARCHAR"}, 1, 0)
RULES: Final = ImportMapping()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"columns": ["dwell_s=seconds"]},
            r"columns of --map dwell_s=seconds \(events\.csv has uid, cents\)",
        ),
        ({"columns": ["title=uid"]}, "columns of --map title=uid"),
        ({"columns": ["objects.title=uid"]}, r"--map objects\.title=uid is for a table without a file"),
        ({"constants": ["profile_bucket=all"]}, "--set profile_bucket=all is for a table without a file"),
        ({"scales": ["dwell_s=0.001"]}, "No file has a column for --scale dwell_s=0.001"),
        ({"scales": ["price=0.01"]}, "No file has a column for --scale price=0.01"),
    ],
)
def test_an_option_without_effect_is_named(options: dict[str, list[str]], sentence: str) -> None:
    with pytest.raises(AirloomError, match=sentence):
        check_used(parse_mapping(**options, rules=RULES), [(EVENTS, SOURCE)])


def test_options_that_hold_for_one_of_the_files_are_accepted() -> None:
    mapping = parse_mapping(
        columns=["user_id=uid", "events.unit_price=cents"],
        constants=["currency=EUR"],
        scales=["unit_price=0.01"],
        rules=RULES,
    )
    check_used(mapping, [(EVENTS, SOURCE)])
