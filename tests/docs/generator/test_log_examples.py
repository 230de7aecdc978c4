from __future__ import annotations

from datetime import date
from pathlib import Path

from airloom.logs.contract import EVENTS, OBJECTS
from airloom.logs.lake import Lake
from airloom.logs.rules import LogRules
from docs.generator.log_examples import EXAMPLES, example_table, log_examples
from pipelines.check import check_landed


def test_a_run_would_take_every_example(tmp_path: Path) -> None:
    lake, day = Lake(tmp_path / "lake"), date(2026, 3, 2)
    for table in EXAMPLES:
        lake.write(lake.landing(table), day, example_table(table))
    result = check_landed(lake, day=day, rules=LogRules(), docs=tmp_path / "docs")
    assert (result.stopped_by, result.quarantined) == (None, {})
    assert result.rows == {"objects": 5, "users": 5, "events": 5, "exposures": 0}


def test_each_table_shows_the_types_of_its_columns_and_its_rows() -> None:
    text = log_examples()
    assert "| `object_id` | `domain` | `title` | `description` | `category_path` |" in text
    assert "*list<item: string>*" in text
    assert "['Pets', 'Cats', 'Cat beds']" in text
    assert "2026-03-02T19:09:00Z" in text
    assert all(f"### `{table.name}`" in text for table in (OBJECTS, EVENTS))
