"""Public datasets as logs in the contract of Airloom."""

from __future__ import annotations

from typing import Final

from airloom.logs.adapters.adapter import Adapter
from airloom.logs.adapters.amazon_content2commerce import AmazonContent2Commerce

ADAPTERS: Final[dict[str, Adapter]] = {adapter.name: adapter for adapter in (AmazonContent2Commerce(),)}
"""Every adapter by the name that `airloom import` takes."""
