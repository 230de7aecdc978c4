from __future__ import annotations

import pytest

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS, OBJECTS, VIEW
from airloom.logs.import_tables.mapping import LEFT_OUT, ImportMapping, parse_mapping

RULES = ImportMapping()


def test_a_name_without_a_table_holds_for_every_file_that_has_the_column() -> None:
    mapping = parse_mapping(columns=["object_id=item"], rules=RULES)
    assert mapping.sources(EVENTS, "object_id", present=["item"]) == ("item",)
    assert mapping.sources(OBJECTS, "object_id", present=["object_id"]) == ("object_id",)


def test_a_name_with_a_table_holds_for_that_table_only() -> None:
    mapping = parse_mapping(columns=["events.object_id=item"], rules=RULES)
    assert mapping.sources(EVENTS, "object_id", present=[]) == ("item",)
    assert mapping.sources(OBJECTS, "object_id", present=["item"]) == ("object_id",)


def test_one_option_may_hold_several_mappings() -> None:
    mapping = parse_mapping(columns=["user_id=uid,ts=time", "title=name"], rules=RULES)
    assert mapping.columns == {"user_id": ("uid",), "ts": ("time",), "title": ("name",)}


def test_several_columns_make_a_list() -> None:
    mapping = parse_mapping(columns=["category_path=top+sub"], rules=RULES)
    assert mapping.columns == {"category_path": ("top", "sub")}


def test_the_domain_of_an_event_is_never_a_constant_because_it_follows_from_the_action() -> None:
    mapping = parse_mapping(constants=["domain=commerce"], rules=RULES)
    assert mapping.of(OBJECTS).constants == {"domain": "commerce"}
    assert mapping.of(EVENTS).constants == {}


def test_an_action_may_be_renamed_or_left_out() -> None:
    assert parse_mapping(actions=["play=view,search="], rules=RULES).actions == {
        "play": VIEW,
        "search": LEFT_OUT,
    }


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"columns": ["user_id"]}, "--map user_id is not name=value"),
        ({"columns": ["usr_id=uid"]}, "has a column usr_id. The nearest is user_id"),
        ({"columns": ["exposures.user_id=uid"]}, "has a column exposures.user_id"),
        ({"columns": ["events.dt=day"]}, "has a column events.dt"),
        ({"scales": ["price=many"]}, "--scale price=many is no factor"),
        ({"scales": ["price=-1"]}, "--scale price=-1 is no factor"),
        ({"scales": ["ts=0.001"]}, "--scale ts=0.001: ts is no number"),
        ({"scales": ["objects.dt=2"]}, "--scale objects.dt=2: dt is no number"),
        ({"columns": ["ts=time", "ts=date"]}, "--map ts is given twice"),
        ({"constants": ["events.domain=commerce"]}, "the domain of an event follows from its action"),
        ({"actions": ["play=watch"]}, "watch is no action of the log contract"),
        ({"constants": ["objects.dt=yesterday"]}, "The day 'yesterday' is not a date"),
    ],
)
def test_a_mistake_is_named(options: dict[str, list[str]], sentence: str) -> None:
    with pytest.raises(AirloomError) as error:
        parse_mapping(**options, rules=RULES)
    assert sentence in str(error.value)


def test_a_zone_that_does_not_exist_is_answered_with_the_nearest() -> None:
    with pytest.raises(AirloomError, match=r"no time zone Europe/Berlim\. Use a name such as Europe/Berlin"):
        ImportMapping(time_zone="Europe/Berlim")


@pytest.mark.parametrize(
    ("time_format", "sentence"),
    [
        ("%Q", "--time-format %Q is no form of a time"),
        ("%d.%m.%Y %H:%M %Z", "has %Z, the name of a zone"),
        ("%d.%m.%Y", "has no hour of the day"),
        ("%d.%m.%Y %I:%M", "has no hour of the day"),
    ],
)
def test_a_form_that_gives_no_time_is_refused_before_anything_is_read(
    time_format: str, sentence: str
) -> None:
    with pytest.raises(AirloomError) as error:
        ImportMapping(time_format=time_format)
    assert sentence in str(error.value)


@pytest.mark.parametrize("time_format", ["%d.%m.%Y %I:%M %p", "%d.%m.%Y %H:%M %z", "%H:%M 100%%Z"])
def test_a_form_that_gives_a_time_is_accepted(time_format: str) -> None:
    assert ImportMapping(time_format=time_format).time_format == time_format


def test_times_are_numbers_or_of_a_form_but_not_both() -> None:
    with pytest.raises(AirloomError, match="exclude each other"):
        ImportMapping(time_format="%d.%m.%Y %H:%M", time_unit="s")
