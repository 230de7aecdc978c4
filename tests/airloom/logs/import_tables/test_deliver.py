from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS, OBJECTS, USERS
from airloom.logs.import_tables.deliver import UnconvertedRowsError, import_tables
from airloom.logs.import_tables.mapping import ImportMapping, parse_mapping
from airloom.logs.lake import Lake

EVENTS_CSV: Final = """\
uid,time,what,item,qty,cents,device
007,1773567890123,play,v1,,,phone
007,1773567990123,buy,p1,2,1999,phone
ann,1773650000000,play,v1,,,tv
ann,1773650000001,search,v1,,,tv
"""
ITEMS_CSV: Final = """\
item,kind,name,top,sub,eur
v1,content,Cat video,,,
p1,commerce,"Cat bed, large",Pets,Cats,19.99
"""
MAPPING: Final = parse_mapping(
    columns=[
        "user_id=uid,ts=time,action=what,object_id=item,quantity=qty,unit_price=cents",
        "domain=kind,title=name,category_path=top+sub,price=eur",
    ],
    constants=["currency=EUR"],
    scales=["unit_price=0.01"],
    actions=["play=view,buy=order,search="],
    rules=ImportMapping(time_unit="ms"),
)
FIRST, LAST = date(2026, 3, 15), date(2026, 3, 16)


def parse_mapping_of_events() -> ImportMapping:
    """Return the mapping without the columns that only the catalogue has."""
    return parse_mapping(
        columns=["user_id=uid,ts=time,action=what,object_id=item,quantity=qty,unit_price=cents"],
        actions=["play=view,buy=order,search="],
        rules=ImportMapping(time_unit="ms"),
    )


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def events(tmp_path: Path) -> Path:
    (tmp_path / "events.csv").write_text(EVENTS_CSV)
    return tmp_path / "events.csv"


@pytest.fixture
def items(tmp_path: Path) -> Path:
    (tmp_path / "items.csv").write_text(ITEMS_CSV)
    return tmp_path / "items.csv"


def test_files_of_other_names_units_and_shapes_land_by_day(lake: Lake, events: Path, items: Path) -> None:
    objects, logs = import_tables({EVENTS: events, OBJECTS: items}, lake, mapping=MAPPING)
    assert lake.days(lake.landing(EVENTS)) == [FIRST, LAST]
    assert [
        (row["user_id"], row["domain"], row["action"], row["quantity"], row["unit_price"], row["currency"])
        for row in lake.read(lake.landing(EVENTS)).to_pylist()
    ] == [
        ("007", "content", "view", None, None, "EUR"),
        ("007", "commerce", "order", 2, 19.99, "EUR"),
        ("ann", "content", "view", None, None, "EUR"),
    ]
    assert (logs.rows, logs.left_out, logs.ignored, logs.problem_rows) == (3, 1, ["device"], 0)
    assert (objects.rows, objects.days) == (2, [FIRST])


def test_objects_without_a_day_are_known_from_the_first_event_on(
    lake: Lake, events: Path, items: Path
) -> None:
    import_tables({EVENTS: events, OBJECTS: items}, lake, mapping=MAPPING)
    rows = lake.read(lake.landing(OBJECTS)).to_pylist()
    assert lake.days(lake.landing(OBJECTS)) == [FIRST]
    assert [(row["object_id"], row["title"], row["category_path"]) for row in rows] == [
        ("p1", "Cat bed, large", ["Pets", "Cats"]),
        ("v1", "Cat video", []),
    ]


def test_a_file_that_does_not_exist_is_not_read(
    lake: Lake, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(AirloomError, match=r"none\.csv does not exist"):
        import_tables({EVENTS: tmp_path / "none.csv"}, lake, mapping=MAPPING)
    assert "none.csv" not in "".join(capsys.readouterr())


def test_objects_may_name_their_day(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("object_id,domain,title,since\np1,commerce,Bed,2026-02-01\n")
    mapping = parse_mapping(columns=["objects.dt=since"], rules=ImportMapping())
    import_tables({OBJECTS: tmp_path / "items.csv"}, lake, mapping=mapping)
    assert lake.days(lake.landing(OBJECTS)) == [date(2026, 2, 1)]


def test_objects_without_a_day_and_without_events_are_refused(lake: Lake, items: Path) -> None:
    with pytest.raises(AirloomError, match="does not say from which day on its objects are known"):
        import_tables({OBJECTS: items}, lake, mapping=MAPPING)


def test_a_later_catalogue_must_say_from_when_on_it_is_known(
    lake: Lake, events: Path, items: Path, tmp_path: Path
) -> None:
    import_tables({EVENTS: events, OBJECTS: items}, lake, mapping=MAPPING)
    (tmp_path / "april.csv").write_text(ITEMS_CSV)
    with pytest.raises(AirloomError, match=r"--set objects\.dt=YYYY-MM-DD"):
        import_tables({OBJECTS: tmp_path / "april.csv"}, lake, mapping=MAPPING)


def test_files_of_one_name_in_two_folders_stay_apart(lake: Lake, events: Path, items: Path) -> None:
    import_tables({EVENTS: events, OBJECTS: items}, lake, mapping=MAPPING)
    other = events.parent / "later" / "events.csv"
    other.parent.mkdir()
    other.write_text(EVENTS_CSV.replace("ann", "bob"))
    import_tables({EVENTS: other}, lake, mapping=parse_mapping_of_events())
    assert lake.read(lake.landing(EVENTS)).num_rows == 6


def test_a_dry_run_writes_nothing(lake: Lake, events: Path, items: Path) -> None:
    imports = import_tables({EVENTS: events, OBJECTS: items}, lake, mapping=MAPPING, dry_run=True)
    assert [result.rows for result in imports] == [2, 3]
    assert not lake.days(lake.landing(EVENTS))


def test_importing_again_leaves_the_same_bytes(lake: Lake, events: Path, items: Path) -> None:
    def landed() -> dict[str, bytes]:
        import_tables({EVENTS: events, OBJECTS: items}, lake, mapping=MAPPING)
        return {file: Path(file).read_bytes() for file in lake.files_below("landing")}

    assert landed() == landed()


NIGHT_CSV: Final = """\
user_id,ts,action,object_id
007,2026-03-16T23:30:00,view,v1
ann,2026-03-17T00:30:00,view,v1
"""
NIGHT: Final = [date(2026, 3, 16), date(2026, 3, 17)]


def times_of(lake: Lake) -> list[str]:
    return [f"{ts:%d %H:%M}" for ts in lake.read(lake.landing(EVENTS))["ts"].to_pylist()]


def test_days_that_a_corrected_zone_leaves_stop_the_import_until_somebody_says_what_they_are(
    lake: Lake, tmp_path: Path
) -> None:
    night = tmp_path / "night.csv"
    night.write_text(NIGHT_CSV)
    utc, berlin = ImportMapping(time_zone="UTC"), ImportMapping(time_zone="Europe/Berlin")
    import_tables({EVENTS: night}, lake, mapping=utc)
    (dry,) = import_tables({EVENTS: night}, lake, mapping=berlin, dry_run=True)
    assert (dry.days, dry.former_days) == (NIGHT[:1], NIGHT[1:])
    with pytest.raises(AirloomError, match=r"night\.csv landed events of 2026-03-17, .*--other-days remove"):
        import_tables({EVENTS: night}, lake, mapping=berlin)
    assert times_of(lake) == ["16 23:30", "17 00:30"]

    import_tables({EVENTS: night}, lake, mapping=berlin, other_days="remove")
    assert times_of(lake) == ["16 22:30", "16 23:30"]
    assert lake.days(lake.landing(EVENTS)) == NIGHT[:1]
    import_tables({EVENTS: night}, lake, mapping=berlin)  # nothing is left that could be asked


def test_a_path_that_holds_a_new_day_each_time_keeps_the_others(lake: Lake, tmp_path: Path) -> None:
    night, mapping = tmp_path / "night.csv", ImportMapping(time_zone="UTC")
    header, first, second = NIGHT_CSV.splitlines(keepends=True)
    for row in (first, second):
        night.write_text(header + row)
        (result,) = import_tables({EVENTS: night}, lake, mapping=mapping, other_days="keep")
    assert result.former_days == NIGHT[:1]
    assert times_of(lake) == ["16 23:30", "17 00:30"]


def test_removing_other_days_leaves_what_other_paths_landed(
    lake: Lake, events: Path, items: Path, tmp_path: Path
) -> None:
    import_tables({EVENTS: events, OBJECTS: items}, lake, mapping=MAPPING)
    other = tmp_path / "later" / "events.csv"
    other.parent.mkdir()
    other.write_text(EVENTS_CSV)
    import_tables({EVENTS: other}, lake, mapping=parse_mapping_of_events())
    other.write_text("\n".join(EVENTS_CSV.splitlines()[:2]))
    import_tables({EVENTS: other}, lake, mapping=parse_mapping_of_events(), other_days="remove")
    assert [lake.read(lake.landing(EVENTS), since=day, through=day).num_rows for day in (FIRST, LAST)] == [
        3,
        1,
    ]


def test_a_row_with_a_problem_stops_the_import_and_is_named_without_the_user(
    lake: Lake, events: Path, items: Path
) -> None:
    events.write_text(EVENTS_CSV + "bob,1773650000,buy,p1,2.5,1,tv\n,1773650000000,buy,p1,1,1,tv\n")
    with pytest.raises(UnconvertedRowsError, match="2 rows cannot be converted, so nothing") as error:
        import_tables({EVENTS: events, OBJECTS: items}, lake, mapping=MAPPING)
    first, second = [str(problem) for result in error.value.imports for problem in result.problems]
    assert first.startswith("row 5, column time: '1773650000': ts must be a time between 1980 and 2199 in ms")
    assert second == "row 6, column uid: user_id is missing"
    assert not lake.days(lake.landing(EVENTS))


def test_rows_with_a_problem_can_be_put_aside_and_none_is_lost(
    lake: Lake, events: Path, items: Path, tmp_path: Path
) -> None:
    events.write_text(EVENTS_CSV + "bob,noon,buy,p1,1,1,tv\nbob,1,2,3\n")
    rejects = tmp_path / "rejects.csv"
    _, logs = import_tables({EVENTS: events, OBJECTS: items}, lake, mapping=MAPPING, rejects=rejects)
    assert (logs.rows, logs.problem_rows) == (3, 2)
    head, unread, unconverted = rejects.read_text().splitlines()
    assert head == "file,row,problem,content"
    assert unread.startswith("events.csv,line 7,missing columns,")
    assert "bob,1,2,3" in unread
    assert unconverted.startswith("events.csv,row 5,ts cannot be converted,")
    assert "noon" in unconverted


def test_rows_are_put_aside_whatever_the_columns_of_their_file_are_called(lake: Lake, tmp_path: Path) -> None:
    night, rejects = tmp_path / "night.csv", tmp_path / "rejects.csv"
    night.write_text("user_id,ts,action,object_id,problem,row,raw\n007,noon,view,v1,a,b,c\n")
    import_tables({EVENTS: night}, lake, mapping=ImportMapping(), rejects=rejects)
    (row,) = csv.DictReader(rejects.open(newline=""))
    assert (row["row"], row["problem"]) == ("row 1", "ts cannot be converted")
    assert list(json.loads(row["content"]).values()) == ["007", "noon", "view", "v1", "a", "b", "c"]


def test_more_rows_than_fit_into_memory_are_landed_in_batches(
    lake: Lake, events: Path, items: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airloom.logs.import_tables.deliver.MAX_ROWS", 1)
    import_tables({EVENTS: events, OBJECTS: items}, lake, mapping=MAPPING)
    assert lake.read(lake.landing(EVENTS)).num_rows == 3


def test_users_are_optional_and_land_like_objects(
    lake: Lake, events: Path, items: Path, tmp_path: Path
) -> None:
    (tmp_path / "users.csv").write_text("uid,age\n007,18-24\nann,25-34\n")
    import_tables({EVENTS: events, OBJECTS: items}, lake, mapping=MAPPING)
    mapping = parse_mapping(columns=["user_id=uid,profile_bucket=age"], rules=ImportMapping())
    (result,) = import_tables({USERS: tmp_path / "users.csv"}, lake, mapping=mapping)
    assert (result.rows, result.days) == (2, [FIRST])
