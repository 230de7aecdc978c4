"""How labels are linked to the category tree: the settings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LinkingSettings:
    """How labels become nodes. The defaults are the best of what docs/measurements/intents.md measures.

    Attributes:
        split: Maximum number of leaf categories that one path is linked to.
        temperature: Of the softmax that divides a path's confidence among them.
        merge_needs_at: Cosine from which two needs are one node.
        max_paths: Maximum number of paths of one object that are kept, strongest first.
    """

    split: int = 3
    temperature: float = 0.1
    merge_needs_at: float = 0.82
    max_paths: int = 9
