"""Atoms: the questions of this package, one per kind of event, whoever caused it."""

from __future__ import annotations

from typing import Final, NamedTuple

import pyarrow as pa

from airloom.llm.keys import key_id

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
    """The key of one question: somebody did `action` to `object_id`.

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
        """16 hexadecimal digits that depend only on the key."""
        return key_id(self)


def atoms_in(chunk: pa.Table) -> list[Atom]:
    """Return the keys of a table with the columns `ATOM_SCHEMA`, in its order."""
    columns = (chunk[name].to_pylist() for name in Atom._fields)
    return [Atom(*key) for key in zip(*columns, strict=True)]
