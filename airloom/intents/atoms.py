"""Atoms: the events that a reasoner reads once, whoever caused them; and their division into shards."""

from __future__ import annotations

import hashlib
from typing import Final, NamedTuple

import pyarrow as pa

from airloom.errors import AirloomError

ANY_PROFILE: Final = "*"
"""The profile bucket of an atom that holds for every user."""

ATOM_SCHEMA: Final = pa.schema(
    [
        ("atom_id", pa.string()),
        ("action", pa.string()),
        ("object_id", pa.string()),
        ("profile_bucket", pa.string()),
        ("title", pa.string()),
        ("description", pa.string()),
    ]
)


class Atom(NamedTuple):
    """The key of one intent: somebody did `action` to `object_id`.

    Attributes:
        action: An action of the content domain.
        object_id: The content item.
        profile_bucket: A coarse group of users, or `ANY_PROFILE`.
    """

    action: str
    object_id: str
    profile_bucket: str = ANY_PROFILE

    @property
    def atom_id(self) -> str:
        """16 hexadecimal digits that depend on nothing but the key."""
        return hashlib.sha256("\0".join(self).encode()).hexdigest()[:16]


def atoms_in(chunk: pa.Table) -> list[Atom]:
    """The keys of a table with the columns `ATOM_SCHEMA`, in its order."""
    columns = (chunk[name].to_pylist() for name in Atom._fields)
    return [Atom(*key) for key in zip(*columns, strict=True)]


class Shard(NamedTuple):
    """A share of the atoms, by the hash in their id: `number` of `of`, from 0."""

    number: int = 0
    of: int = 1

    def check(self) -> Shard:
        """This shard.

        Raises:
            AirloomError: There is no such shard.
        """
        if not 0 <= self.number < self.of:
            raise AirloomError(
                f"There is no shard {self.number} of {self.of}", do=f"Choose 0 to {self.of - 1}"
            )
        return self

    def has(self, atom_id: str) -> bool:
        """Whether an atom belongs to this shard."""
        return int(atom_id, 16) % self.of == self.number
