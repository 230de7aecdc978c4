"""Keys of questions, and the division of questions into shards by the hash of their key."""

from __future__ import annotations

import hashlib
import math
from typing import NamedTuple

from airloom.errors import AirloomError


def key_id(key: tuple[str, ...]) -> str:
    """Return 16 hexadecimal digits that depend only on the key.

    >>> key_id(("view", "c0001", "*"))
    '2d5e52308cea8097'
    """
    return hashlib.sha256("\0".join(key).encode()).hexdigest()[:16]


class Shard(NamedTuple):
    """A share of the questions, by the hash of their key: `number` of `of`, from 0."""

    number: int = 0
    of: int = 1

    def check(self) -> Shard:
        """Return this shard.

        Raises:
            AirloomError: There is no such shard.
        """
        if not 0 <= self.number < self.of:
            raise AirloomError(
                f"There is no shard {self.number} of {self.of}", do=f"Choose 0 to {self.of - 1}"
            )
        return self

    def has(self, id_: str) -> bool:
        """Return whether the question with this `key_id` belongs to the shard."""
        return int(id_, 16) % self.of == self.number

    def overlaps(self, other: Shard) -> bool:
        """Return whether some question can be in both shards (Chinese remainder theorem)."""
        return (self.number - other.number) % math.gcd(self.of, other.of) == 0
