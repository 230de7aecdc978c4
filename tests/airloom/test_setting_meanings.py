from __future__ import annotations

from airloom.setting_meanings import attribute_meanings


class Base:
    """A base.

    Attributes:
        size: How large
            it is.
        name: Of the base.
    """


class Special(Base):
    """A special one.

    Attributes:
        name: Of the special one.
    """


def test_a_class_has_the_meanings_of_its_bases_and_its_own() -> None:
    assert attribute_meanings(Special) == {"size": "How large it is.", "name": "Of the special one."}
