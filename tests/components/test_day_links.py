from __future__ import annotations

from pathlib import Path

import pytest

from airloom.errors import AirloomError
from components.day_links import day_links
from tests.airloom.intents.shop import DAY, HashingEncoder, shop


def test_links_are_read_when_they_are_needed_and_settings_checked_before(tmp_path: Path) -> None:
    lake, encoder = shop(tmp_path / "lake"), HashingEncoder()
    with pytest.raises(AirloomError, match="nonsense"):
        day_links(lake, day=DAY, linking={"nonsense": 1}, encoder=encoder)

    read = day_links(lake, day=DAY, linking={}, encoder=encoder)

    assert not encoder.encoded
    assert "Cat Beds" in read().nodes.labels
