"""What differs between a day as it was made and what it would be made from now, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

from airloom.lineage.fingerprints import ABSENT
from airloom.lineage.records import LineageRecord

_SHOWN: Final = 8
"""Hexadecimal digits of a fingerprint that a person is shown."""


class ChangeKind(StrEnum):
    """What can make a day out of date."""

    RECORD = "record"
    OUTPUT = "output"
    VERSION = "version"
    SETTING = "setting"
    INPUT = "input"


class Change(NamedTuple):
    """One reason to build a day again.

    Attributes:
        kind: What differs.
        name: Of the output, setting or input.
        before: As it was when the day was made; a fingerprint is `ABSENT` where there was none.
        now: As it is.
    """

    kind: ChangeKind
    name: str
    before: Any = ABSENT
    now: Any = ABSENT

    def sentence(self) -> str:
        """Return the reason for a person to read."""
        if self.kind is ChangeKind.RECORD:
            return f"no record says what {self.name} was made from"
        if self.kind is ChangeKind.VERSION:
            return f"{self.name} was made by version {self.before} of its code, which is {self.now} now"
        if self.kind is ChangeKind.SETTING:
            return f"the setting {self.name} was {self.before!r} and is {self.now!r} now"
        return f"{self.name} {self._content()}"

    def _content(self) -> str:
        if self.now == ABSENT:
            return "is missing"
        now = self.now[:_SHOWN]
        if self.before == ABSENT:
            return f"is new (fingerprint {now})"
        happened = "is not what was written" if self.kind is ChangeKind.OUTPUT else "changed"
        return f"{happened} (fingerprint {self.before[:_SHOWN]} -> {now})"


def changes(
    record: LineageRecord | None, expected: LineageRecord, outputs: Mapping[str, str], *, output: str
) -> list[Change]:
    """Return what differs, the output's own loss first; nothing if the day is up to date.

    Args:
        record: What the day was made from; None if that is not known.
        expected: What it would be made from now.
        outputs: Fingerprint of what is there of the day, by name.
        output: Name of the output, for the sentences.
    """
    if record is None:
        return [Change(ChangeKind.RECORD, output)]
    differences = [
        Change(kind, name, before.get(name, missing), now.get(name, missing))
        for kind, before, now, missing in (
            (ChangeKind.OUTPUT, record.outputs, outputs, ABSENT),
            (ChangeKind.SETTING, record.settings, expected.settings, None),
            (ChangeKind.INPUT, record.inputs, expected.inputs, ABSENT),
        )
        for name in dict.fromkeys((*before, *now))
        if before.get(name, missing) != now.get(name, missing)
    ]
    if record.version != expected.version:
        differences.append(Change(ChangeKind.VERSION, output, record.version, expected.version))
    return differences
