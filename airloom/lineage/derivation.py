"""How a table is made from others, and which of its days no longer agree with what they are made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from airloom.lineage.changes import Change, changes
from airloom.lineage.fingerprints import (
    ABSENT,
    day_fingerprints,
    fingerprint_of_day,
    fingerprints_before,
    path_fingerprint,
)
from airloom.lineage.records import LineageRecord, begun, read_records, update_records
from airloom.logs.contract import Table
from airloom.logs.lake import Lake


class DaysBefore(NamedTuple):
    """A table of which a day reads a number of days before itself."""

    table: Table
    number: int

    def input_name(self, day: date) -> str:
        """Return the name in records of the days before `day`."""
        return f"{self.table.name} of the {self.number} days before {day}"

    def fingerprint(self, fingerprints: Mapping[date, str], day: date) -> str:
        """Return the fingerprint of the days before `day`, given those of single days."""
        start = day - timedelta(days=self.number)
        within = {at: fingerprint for at, fingerprint in fingerprints.items() if start <= at < day}
        return fingerprints_before(within, [day])[day]


@dataclass(frozen=True)
class Derivation:
    """How the days of a table are made.

    Attributes:
        output: The table that is made; it has the days of the first table that it is made from.
        version: Of the code: the author raises it when the same inputs and settings give other rows.
        same_day: Tables of which a day reads only itself.
        days_before: Tables of which a day reads some days before itself.
        up_to_day: Tables of which a day reads all days up to and including itself.
        up_to_run: Tables of which a day reads all days up to the day of the run.
        paths: Files and folders of the lake that are read whole.
        extended_paths: Those of `paths` that the build itself adds to.
        settings: Every setting that decides what is written, by its whole key.
        beside: Further tables that are written with the output.
    """

    output: Table
    version: int
    same_day: tuple[Table, ...] = ()
    days_before: tuple[DaysBefore, ...] = ()
    up_to_day: tuple[Table, ...] = ()
    up_to_run: tuple[Table, ...] = ()
    paths: tuple[str, ...] = ()
    extended_paths: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    beside: tuple[Table, ...] = ()

    @property
    def inputs(self) -> tuple[Table, ...]:
        """The tables that it is made from; the first has the days of the output."""
        before = (table for table, _ in self.days_before)
        tables = {table.name: table for table in (*self.same_day, *self.up_to_day, *self.up_to_run, *before)}
        return tuple(tables.values())

    @property
    def outputs(self) -> tuple[Table, ...]:
        """The tables that are written."""
        return (self.output, *self.beside)


class DerivedDays:
    """The days of a derived table up to the day of a run, against what they are made from.

    Fingerprints of the inputs are taken here, so create it before the build reads any of them: what arrives
    later is then built by the next run.

    Args:
        lake: Holds inputs, output and records.
        derivation: How the table is made.
        through: The day of the run.
    """

    def __init__(self, lake: Lake, derivation: Derivation, *, through: date) -> None:
        self._lake, self._derivation = lake, derivation
        self._records = read_records(lake, derivation.output.name)
        self._expected = _expected(lake, derivation, through)
        self._outputs = {
            table.name: day_fingerprints(lake, table, through=through) for table in derivation.outputs
        }

    @property
    def days(self) -> list[date]:
        """The days that the table should have, ascending."""
        return list(self._expected)

    @property
    def records(self) -> Mapping[date, LineageRecord]:
        """What each day was made from, as far as it is known."""
        return self._records

    def changes(self, day: date) -> list[Change]:
        """Return what differs between one of `days` and what it is made from; nothing if it is up to date."""
        outputs = {name: days.get(day, ABSENT) for name, days in self._outputs.items()}
        return changes(
            self._records.get(day),
            self._expected[day],
            {own_input(name, day): fingerprint for name, fingerprint in outputs.items()},
            output=own_input(self._derivation.output.name, day),
        )

    def expected(self, day: date) -> LineageRecord:
        """Return what one of `days` would be made from now."""
        return self._expected[day]

    def refresh_extended_paths(self) -> None:
        """Fingerprint the `extended_paths` again; call it after the build has added to them."""
        added = {path: path_fingerprint(self._lake, path) for path in self._derivation.extended_paths}
        self._expected = {
            day: replace(record, inputs={**record.inputs, **added}) for day, record in self._expected.items()
        }

    def stale(self) -> list[date]:
        """Return the days to build again, ascending."""
        return [day for day in self._expected if self.changes(day)]

    def record_built(
        self, days: Iterable[date], *, counts: Mapping[date, Mapping[str, int]] | None = None
    ) -> None:
        """Record what `days` were built from; call it once all their files are written.

        A step that is killed before this leaves days whose record does not match, so they are built again.

        Args:
            days: The days that were built.
            counts: Row counts by day, kept with the record, if there are any.

        Raises:
            AirloomError: The record may not be written.
        """
        fresh = {
            day: replace(
                self._expected[day],
                outputs={
                    own_input(table.name, day): fingerprint_of_day(self._lake, table, day)
                    for table in self._derivation.outputs
                },
                counts=(counts or {}).get(day, {}),
            )
            for day in days
        }
        if fresh:
            self._records = update_records(self._lake, self._derivation.output.name, built=fresh)

    def note_begun(self, days: Iterable[date]) -> None:
        """Note that `days` are about to be written, where the output has no fingerprint to compare.

        If the step is killed, these days are out of date and known to have been written in part.
        """
        records = dict.fromkeys(days, begun())
        if records:
            self._records = update_records(self._lake, self._derivation.output.name, built=records)

    def orphans(self) -> list[date]:
        """Return the days that were made, or noted, and that the inputs no longer have, ascending."""
        made = {*self._lake.days(self._derivation.output), *self._records}
        return sorted(day for day in made - set(self._expected) if not self._has_input(day))

    def delete_orphans(self) -> list[date]:
        """Delete the days that the inputs no longer have, with their records; returns them."""
        orphans = self.orphans()
        for day in orphans:
            for table in self._derivation.outputs:
                self._lake.delete(table, day)
        if orphans:
            self._records = update_records(self._lake, self._derivation.output.name, dropped=orphans)
        return orphans

    def _has_input(self, day: date) -> bool:
        """Return whether the first input has a day: those after the run's are not among `days`."""
        return bool(self._lake.files(self._derivation.inputs[0], day))


def own_input(table: str, day: date) -> str:
    """Return the name in records of one day of a table."""
    return f"{table} {day}"


def earlier_input(table: str, day: date) -> str:
    """Return the name in records of all days of a table before `day`."""
    return f"{table} before {day}"


def _expected(lake: Lake, derivation: Derivation, through: date) -> dict[date, LineageRecord]:
    """Return what each day would be made from now."""
    prints = {table.name: day_fingerprints(lake, table, through=through) for table in derivation.inputs}
    days = [day for day, fingerprint in prints[derivation.inputs[0].name].items() if fingerprint != ABSENT]
    whole = {path: path_fingerprint(lake, path) for path in derivation.paths}
    for table in derivation.up_to_run:
        whole[f"{table.name} up to the run"] = fingerprints_before(prints[table.name], [date.max])[date.max]
    before = {table.name: fingerprints_before(prints[table.name], days) for table in derivation.up_to_day}
    own = (*derivation.same_day, *derivation.up_to_day)
    return {
        day: LineageRecord(
            version=derivation.version,
            settings=derivation.settings,
            inputs={own_input(table.name, day): prints[table.name].get(day, ABSENT) for table in own}
            | {earlier_input(name, day): fingerprints[day] for name, fingerprints in before.items()}
            | {
                window.input_name(day): window.fingerprint(prints[window.table.name], day)
                for window in derivation.days_before
            }
            | whole,
        )
        for day in days
    }
