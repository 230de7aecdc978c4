from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from airloom.errors import AirloomError
from airloom.unknown_settings import all_keys, refuse_unknown


@dataclass(frozen=True)
class Lamp:
    degrees: int = 180


@dataclass(frozen=True)
class Room:
    main: Lamp = field(default_factory=Lamp)
    spare: Lamp | None = None
    shelves: tuple[Lamp, ...] = ()


def test_every_key_is_listed_once_sections_included() -> None:
    assert list(all_keys(Room)) == ["main", "main.degrees", "spare", "spare.degrees", "shelves"]


@pytest.mark.parametrize(
    ("values", "nearest"),
    [
        ({"mian": {}}, "no setting mian; the nearest is main"),
        ({"main": {"degree": 1}}, "no setting main.degree; the nearest is main.degrees"),
        ({"degrees": 1}, "no setting degrees; the nearest is main.degrees"),
        ({"colour": 1}, "no setting colour. Use only: main, shelves, spare"),
    ],
)
def test_an_unknown_key_is_answered_with_the_nearest(values: dict[str, Any], nearest: str) -> None:
    with pytest.raises(AirloomError) as refused:
        refuse_unknown(Room, values)
    assert nearest in str(refused.value)
