"""What the clean tables are made from: this decides which of their days are validated again."""

from __future__ import annotations

from typing import Final

from airloom.lineage.derivation import DaysBefore, Derivation
from airloom.logs.contract import EVENTS, EXPOSURES, OBJECTS, USERS, Table
from airloom.logs.lake import Lake
from airloom.logs.limits import RESEND_WINDOW
from airloom.logs.quarantine import quarantine
from airloom.logs.rules import LogRules
from airloom.settings import as_dict
from components.validate_logs.rules_digest import rules_digest

_DECIDES_NOTHING: Final = ("rows_at_once", "max_withdrawn_days")


def clean_table(lake: Lake, table: Table, rules: LogRules) -> Derivation:
    """Return how the clean days of a log table are made from landed ones, objects and users."""
    settings = {name: value for name, value in as_dict(rules).items() if name not in _DECIDES_NOTHING}
    landing = lake.landing(table)
    return Derivation(
        table,
        version=3,
        same_day=(landing,),
        days_before=(DaysBefore(landing, RESEND_WINDOW.days),) if table is EVENTS else (),
        up_to_day=(OBJECTS, USERS) if table in (EVENTS, EXPOSURES) else (),
        settings={**settings, "expectations": rules_digest()},
        beside=(quarantine(table),),
    )
