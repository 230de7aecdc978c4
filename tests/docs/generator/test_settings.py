from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import pytest

from airloom.bench.model_factory import ModelSettings
from airloom.simulation.settings import WorldSettings
from docs.generator.settings import settings_reference, undocumented
from pipelines.recipes import Recipe


@dataclass(frozen=True)
class Inner:
    """Inner settings.

    Attributes:
        rate: A share.
    """

    rate: float = 0.5


@dataclass(frozen=True)
class Outer:
    """Outer settings.

    Attributes:
        mode: How.
        inner: What is inside.
    """

    name: str
    mode: Literal["fast", "slow"] | None = None
    inner: Inner = field(default_factory=Inner)


def test_every_setting_has_its_type_default_and_meaning() -> None:
    reference = settings_reference(Outer, title="Outer")

    assert "| `mode` | `'fast' or 'slow' or None` | `None` | How. |" in reference
    assert "| `inner` | `Inner` | see below | What is inside. |" in reference
    assert "## `inner`\n" in reference
    assert "| `rate` | `float` | `0.5` | A share. |" in reference


def test_a_setting_without_a_meaning_is_named() -> None:
    assert undocumented(Outer) == ["Outer.name"]


@pytest.mark.parametrize("root", [Recipe, ModelSettings, WorldSettings])
def test_every_setting_of_ours_has_a_meaning(root: type) -> None:
    assert undocumented(root) == []
