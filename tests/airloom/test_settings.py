from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from airloom.errors import AirloomError
from airloom.settings import as_dict, flat, formerly, parse, parse_written, with_current_names


@dataclass(frozen=True)
class Oven:
    degrees: int = 180
    fan: bool = False


@dataclass(frozen=True)
class Kitchen:
    main: Oven = field(default_factory=Oven)
    others: tuple[Oven, ...] = ()
    spare: Oven | None = None


@dataclass(frozen=True)
class House:
    kitchen: Kitchen = field(default_factory=Kitchen)


def test_settings_survive_the_journey_through_a_pipeline() -> None:
    assert parse(Oven, as_dict(Oven(degrees=200, fan=True))) == Oven(degrees=200, fan=True)


def test_whole_numbers_that_became_floats_on_the_way_are_whole_again() -> None:
    assert parse(Oven, {"degrees": 200.0}) == Oven(degrees=200)


def test_absent_settings_keep_their_defaults() -> None:
    assert parse(Oven, {}) == Oven()


def test_an_unknown_setting_is_named_with_the_known_ones() -> None:
    with pytest.raises(AirloomError, match=r"Oven has no setting celsius\. Use only: degrees, fan"):
        parse(Oven, {"celsius": 1})


def test_a_wrong_value_is_named() -> None:
    with pytest.raises(AirloomError, match=r"Oven is not valid \(degrees: "):
        parse(Oven, {"degrees": "hot"})


def test_settings_within_settings_survive_the_journey() -> None:
    house = House(Kitchen(main=Oven(200), others=(Oven(90, fan=True), Oven()), spare=Oven(50)))
    assert parse(House, as_dict(house)) == house


@pytest.mark.parametrize(
    ("kitchen", "key"),
    [
        ({"mian": {}}, "kitchen.mian"),
        ({"main": {"celsius": 1}}, "kitchen.main.celsius"),
        ({"others": [{"degrees": 1}, {"celsius": 1}]}, "kitchen.others.1.celsius"),
        ({"spare": {"celsius": 1}}, "kitchen.spare.celsius"),
    ],
)
def test_an_unknown_setting_is_named_however_deep_it_lies(kitchen: dict[str, Any], key: str) -> None:
    with pytest.raises(AirloomError, match=rf"House has no setting {key}(;|\. Use only: kitchen\.)"):
        parse(House, {"kitchen": kitchen})


def test_nested_settings_become_flat_by_their_whole_keys() -> None:
    assert flat({"a": 1, "b": {"c": {"d": 2}}}) == {"a": 1, "b.c.d": 2}


def test_an_empty_part_stays_when_settings_become_flat() -> None:
    assert flat({"a": {"b": {}}, "c": []}) == {"a.b": {}, "c": []}


@dataclass(frozen=True)
class RenamedOven:
    celsius: int = field(default=180, metadata=formerly("degrees"))


@dataclass(frozen=True)
class RenamedKitchen:
    oven: RenamedOven = field(default_factory=RenamedOven, metadata=formerly("main"))
    spare: RenamedOven | None = None
    others: tuple[RenamedOven, ...] = ()


FORMER = {"main": {"degrees": 1}, "spare": {"degrees": 2}, "others": [{"degrees": 3}]}


def test_a_renamed_setting_is_accepted_under_both_names_at_any_depth() -> None:
    current = {"oven": {"celsius": 1}, "spare": {"celsius": 2}, "others": [{"celsius": 3}]}
    assert parse(RenamedKitchen, FORMER) == parse(RenamedKitchen, current)
    assert with_current_names(RenamedKitchen, FORMER) == current


def test_settings_can_be_stored_under_their_former_names() -> None:
    assert as_dict(parse(RenamedKitchen, FORMER), former_names=True) == FORMER


@pytest.mark.parametrize("values", [{"degrees": 1, "celsius": 1}, {"celsius": 1, "degrees": 1}])
def test_one_setting_under_two_names_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(AirloomError, match=r"degrees and celsius are one setting\. Give only celsius"):
        parse(RenamedOven, values)


@pytest.mark.parametrize(("field_name", "value"), [("degrees", "200"), ("degrees", 200.5), ("fan", 1)])
def test_what_a_person_wrote_keeps_its_type(field_name: str, value: object) -> None:
    with pytest.raises(AirloomError, match=rf"Oven is not valid \({field_name}: .*, not {value!r}\)"):
        parse_written(Oven, {field_name: value})
    assert parse_written(House, {"kitchen": {"others": [{"degrees": 90}]}}).kitchen.others == (Oven(90),)


def test_an_unknown_written_setting_is_refused_too() -> None:
    with pytest.raises(AirloomError, match=r"no setting kitchen\.mian; the nearest is kitchen\.main"):
        parse_written(House, {"kitchen": {"mian": {}}})
