"""Says whether the next daily run would build a day of a table again, or remove it, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from airloom.errors import AirloomError
from airloom.lineage.changes import Change
from airloom.lineage.derivation import Derivation, DerivedDays, earlier_input, own_input
from airloom.lineage.records import LineageRecord
from airloom.logs.contract import LOG_TABLES
from airloom.logs.lake import Lake

_SHOWN_DAYS: Final = 5
_LOG_TABLES: Final = {table.name for table in LOG_TABLES}


@dataclass(frozen=True)
class DayExplanation:
    """Whether and why a day is built again or removed.

    Attributes:
        table: Its name.
        day: The day.
        run_day: The day that the next run is about.
        changes: What differs from what it was made from.
        changed_days: Earlier days of an input that changed, where the records tell which.
        upstream: Days of each input that are built again first, by the input's name.
        removed_upstream: Days of each input that are removed first, likewise.
        withdrawn_from: The table that no longer has the day, where the day is removed; else empty.
        record: What it was made from, as far as that is known.
    """

    table: str
    day: date
    run_day: date
    changes: list[Change]
    changed_days: list[Change] = field(default_factory=list)
    upstream: Mapping[str, list[date]] = field(default_factory=dict)
    removed_upstream: Mapping[str, list[date]] = field(default_factory=dict)
    withdrawn_from: str = ""
    record: LineageRecord | None = None

    @property
    def verdict(self) -> str:
        """`removed`, `yes`, `maybe` (an input is built again, and may come out the same) or `no`."""
        if self.withdrawn_from:
            return "removed"
        if self.changes or self._always:
            return "yes"
        return "maybe" if self.upstream or self.removed_upstream else "no"

    def text(self) -> str:
        """Return the explanation for a person to read."""
        subject = f"{self.table} of {self.day}"
        run = f"the next run (about {self.run_day})"
        head = {
            "removed": f"{subject} would be removed by {run}, with all that is made from it, because",
            "yes": f"{subject} would be built again by {run}, because",
            "maybe": f"{subject} is up to date, but {run} may build it again, because",
            "no": f"{subject} is up to date: {run} leaves it as it is.",
        }[self.verdict]
        withdrawn = [f"{self.withdrawn_from} no longer has that day"] if self.withdrawn_from else []
        reasons = [*withdrawn, *map(Change.sentence, self.changes), *self._details()]
        if self.verdict == "no":
            reasons = self._made_from()
            head += " It was made from"
        return "\n".join([head, *(f"- {reason}" for reason in reasons)])

    def as_dict(self) -> dict[str, Any]:
        """Return the explanation for a program to read."""
        return {
            "table": self.table,
            "day": str(self.day),
            "run_day": str(self.run_day),
            "built_again": self.verdict,
            "changes": [change._asdict() for change in (*self.changes, *self.changed_days)],
            "built_first": {name: [str(day) for day in days] for name, days in self.upstream.items()},
            "removed_first": {
                name: [str(day) for day in days] for name, days in self.removed_upstream.items()
            },
            "text": self.text(),
        }

    @property
    def _always(self) -> bool:
        return self.table in _LOG_TABLES and self.day == self.run_day

    def _details(self) -> list[str]:
        details = [change.sentence() for change in self.changed_days]
        details += [
            f"{name} of {_listed(days)} would be built again first" for name, days in self.upstream.items()
        ]
        details += [
            f"{name} of {_listed(days)} would be removed first"
            for name, days in self.removed_upstream.items()
        ]
        if self._always:
            details.append("a run always validates its own day, so that its report shows it")
        return details

    def _made_from(self) -> list[str]:
        if self.record is None:
            return []
        inputs = [
            f"{name} (fingerprint {print_[:8]})" for name, print_ in self.record.inputs.items() if print_
        ]
        options = [f"{name} = {value!r}" for name, value in self.record.settings.items()]
        return [*inputs, f"version {self.record.version} of its code", *options]


class Explainer:
    """Explains days of the tables of a daily run.

    Args:
        lake: Holds the tables.
        derivations: How each is made, by the table's name.
        run_day: The day that the next run is about.
    """

    def __init__(self, lake: Lake, derivations: Mapping[str, Derivation], *, run_day: date) -> None:
        self._lake, self._derivations, self._run_day = lake, derivations, run_day
        self._tables: dict[str, DerivedDays] = {}

    def explain(self, table: str, day: date) -> DayExplanation:
        """Return whether the next run builds a day of a table again, or removes it.

        Args:
            table: Its name; what comes before its last `/` may be left out.
            day: One of its days.

        Raises:
            AirloomError: There is no such table, or nothing from which it could have that day.
        """
        derivation = self._derivations[self._full_name(table)]
        name = derivation.output.name
        days = self._days(name)
        if day in days.orphans():
            return DayExplanation(
                name,
                day,
                self._run_day,
                changes=[],
                withdrawn_from=derivation.inputs[0].name,
                record=days.records.get(day),
            )
        if day not in days.days:
            source = derivation.inputs[0].name
            held = f"{len(days.days)} days, {days.days[0]} to {days.days[-1]}" if days.days else "no day"
            raise AirloomError(
                f"{name} has no day {day}: it is made from {source}, which has {held} up to the next run's "
                f"day, {self._run_day}",
                do=f"Name a day of {source}, or deliver that day",
            )
        changes = days.changes(day)
        return DayExplanation(
            table=name,
            day=day,
            run_day=self._run_day,
            changes=changes,
            changed_days=self._changed_days(derivation, changes, day),
            upstream=self._upstream(derivation, day, self._stale),
            removed_upstream=self._upstream(derivation, day, self._removed),
            record=days.records.get(day),
        )

    def _full_name(self, table: str) -> str:
        for name in self._derivations:
            if table in (name, name.rpartition("/")[2]):
                return name
        raise AirloomError(
            f"No daily run makes a table {table}",
            do=f"Choose one of: {', '.join(name.rpartition('/')[2] for name in self._derivations)}",
        )

    def _days(self, name: str) -> DerivedDays:
        if name not in self._tables:
            self._tables[name] = DerivedDays(self._lake, self._derivations[name], through=self._run_day)
        return self._tables[name]

    def _changed_days(self, derivation: Derivation, changes: list[Change], day: date) -> list[Change]:
        """Return which earlier days of an input changed, as far as the records of those days tell."""
        names = {change.name for change in changes}
        tables = [table.name for table in derivation.up_to_day if earlier_input(table.name, day) in names]
        days = self._days(derivation.output.name)
        return [
            change
            for earlier in days.days
            if earlier < day
            for change in days.changes(earlier)
            if change.name in {own_input(table, earlier) for table in tables}
        ]

    def _upstream(
        self, derivation: Derivation, day: date, of: Callable[[str], list[date]]
    ) -> dict[str, list[date]]:
        """Return the days of each input that a day reads, among those that `of` gives of the input."""
        upstream = {}
        for table in derivation.inputs:
            if table.name in self._derivations:
                days = [at for at in of(table.name) if _is_read(derivation, table.name, at, day)]
                if days:
                    upstream[table.name] = days
        return upstream

    def _stale(self, name: str) -> list[date]:
        """Return the days of a table that the next run builds again or may build again."""
        days, derivation = self._days(name), self._derivations[name]
        stale = set(days.stale())
        return [
            day
            for day in days.days
            if day in stale
            or self._upstream(derivation, day, self._stale)
            or self._upstream(derivation, day, self._removed)
        ]

    def _removed(self, name: str) -> list[date]:
        """Return the days of a table that the next run removes, as what they are made from is removed."""
        days, source = self._days(name), self._derivations[name].inputs[0].name
        of_source = self._removed(source) if source in self._derivations else []
        return sorted({*days.orphans(), *(day for day in of_source if day in days.days)})


def _is_read(derivation: Derivation, table: str, at: date, day: date) -> bool:
    """Return whether a day of the output reads the day `at` of an input."""
    return (
        (at == day and any(table == other.name for other in derivation.same_day))
        or (at <= day and any(table == other.name for other in derivation.up_to_day))
        or any(table == other.name for other in derivation.up_to_run)
    )


def _listed(days: list[date]) -> str:
    shown = ", ".join(str(day) for day in days[:_SHOWN_DAYS])
    rest = len(days) - _SHOWN_DAYS
    return f"{shown} and {rest} more days" if rest > 0 else shown
