"""The script of the tutorial delivers two CSV files in the log contract."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from airloom.logs.contract import EVENTS, OBJECTS
from airloom.logs.lake import Lake

SCRIPT = Path(__file__).resolve().parents[3] / "docs" / "tutorial" / "deliver_csv.py"

EVENT_LINES = """user_id,ts,domain,action,object_id,quantity,unit_price,currency
u1,2026-03-01 23:59:59,content,view,c1,,,
u1,2026-03-02 08:00:00,commerce,order,p1,1,19.5,EUR
"""
OBJECT_LINES = """object_id,domain,title,category_path,price,currency,first_day
c1,content,My cat hates Mondays,,,,2026-03-01
p1,commerce,Soft cat bed,Pets > Cats > Cat beds,19.5,EUR,2026-03-01
"""


def test_each_row_is_delivered_on_its_day_in_utc(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text(EVENT_LINES, encoding="utf-8")
    (tmp_path / "objects.csv").write_text(OBJECT_LINES, encoding="utf-8")
    lake = Lake(tmp_path / "shop" / "lake")

    for _ in range(2):  # delivering twice leaves the same rows
        subprocess.run([sys.executable, SCRIPT, "shop/lake/landing"], cwd=tmp_path, check=True)

    events, objects = lake.landing(EVENTS), lake.landing(OBJECTS)
    assert lake.days(events) == [date(2026, 3, 1), date(2026, 3, 2)]
    (order,) = lake.read(events, since=date(2026, 3, 2)).to_pylist()
    assert order["ts"] == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert (order["object_id"], order["unit_price"]) == ("p1", 19.5)
    assert lake.read(objects).to_pylist()[1]["category_path"] == ["Pets", "Cats", "Cat beds"]
