"""What a model replied to all requests, kept beside its training, so that it is asked once."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from airloom.assistant.rft.checkpoint import EpochRecord
from airloom.assistant.rft.processes import is_first
from airloom.files import write_text


class ModelReplies(NamedTuple):
    """The replies of a model.

    Attributes:
        texts: In the order of the requests.
        epochs: Of the rewards that it was trained with; none of a model without.
    """

    texts: Sequence[str]
    epochs: tuple[EpochRecord, ...] = ()

    @property
    def share_without_variance(self) -> float | None:
        """Of all groups of the training, those whose replies all earned the same; None without a training."""
        groups = sum(epoch.requests for epoch in self.epochs)
        same = sum(epoch.requests * epoch.share_without_variance for epoch in self.epochs)
        return same / groups if groups else None


def kept_replies(file: Path, digest: str) -> ModelReplies | None:
    """Return the replies in a file; None if it has none, or those of another model or of other requests."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if kept["digest"] != digest:
        return None
    return ModelReplies(kept["texts"], tuple(EpochRecord(**epoch) for epoch in kept["epochs"]))


def replies_once(file: Path, digest: str, ask: Callable[[], ModelReplies]) -> ModelReplies:
    """Return the replies in a file, or ask for them and keep them there.

    Args:
        file: Where they are kept.
        digest: Of all that they depend on.
        ask: Returns them.
    """
    kept = kept_replies(file, digest)
    if kept is not None:
        return kept
    replies = ask()
    epochs = [epoch._asdict() for epoch in replies.epochs]
    content = {"digest": digest, "texts": list(replies.texts), "epochs": epochs}
    if is_first():
        write_text(file, json.dumps(content, indent=2) + "\n")
    return replies
