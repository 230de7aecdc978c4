"""The settings of knowledge cards."""

from __future__ import annotations

from dataclasses import dataclass, field

from airloom.knowledge.linking import ClaimLinkingSettings
from airloom.knowledge.rules.settings import RulesSettings


@dataclass(frozen=True)
class CardSettings:
    """How cards are made.

    Attributes:
        rules: What the rules say.
        linking: From where on free text means a node.
    """

    rules: RulesSettings = field(default_factory=RulesSettings)
    linking: ClaimLinkingSettings = field(default_factory=ClaimLinkingSettings)
