"""The rules for the logs: the one place where a rule is added, changed or taken out.

Every expectation carries a `description`; for a rule about rows it becomes the reason in quarantine. A rule
may ask for the columns of the table and for the check columns of `airloom.logs.checks`.
"""

from __future__ import annotations

from typing import Final

import great_expectations as gx
import great_expectations.expectations as gxe

from airloom.logs.checks import (
    ACTION_DOMAIN,
    DAYS_FROM_DT,
    EXPOSURE_KEY,
    OBJECT_DOMAIN,
    SHOWS_ANOTHER,
    USER_KNOWN,
    VALUE_FAULTS,
    ValueFault,
    value_faults,
)
from airloom.logs.contract import (
    ACTIONS,
    DOMAINS,
    EVENTS,
    EXPOSURES,
    OBJECTS,
    USERS,
    Table,
)
from airloom.logs.limits import CURRENCY, MAX_DWELL_S, MAX_ID_LENGTH, MAX_QUANTITY
from airloom.logs.row_counts import CLEAN_IN_ALL, LANDED, QUARANTINED_FRACTION, VOLUME_FRACTION
from airloom.logs.rules import LogRules

WHOLE_CURRENCY: Final = CURRENCY.replace("$", r"\Z")
"""In Python's regular expressions, `$` also matches before a line break at the end."""
PRICES: Final = {OBJECTS.name: "price", EVENTS.name: "unit_price"}


def row_suite(table: Table, rules: LogRules) -> gx.ExpectationSuite:
    """Return the rules for the rows of `table`; a row that breaks one goes to quarantine."""
    special = {
        OBJECTS.name: _object_rules,
        USERS.name: list,
        EVENTS.name: _event_rules,
        EXPOSURES.name: _exposure_rules,
    }
    expectations = [*_value_rules(table), *_common_rules(table, rules), *special[table.name]()]
    return gx.ExpectationSuite(name=f"{table.name} rows", expectations=expectations)


def day_suite(table: Table, rules: LogRules) -> gx.ExpectationSuite:
    """Return the rules for the delivered days of `table`; a day that breaks one stops the run."""
    allowed = f"{rules.max_quarantined_fraction:.1%}"
    expectations = [
        gxe.ExpectColumnValuesToBeBetween(
            column=QUARANTINED_FRACTION,
            max_value=rules.max_quarantined_fraction,
            description=f"more than {allowed} of the rows are in quarantine "
            "(rules.max_quarantined_fraction of recipe.yaml)",
        )
    ]
    if table is EVENTS:
        least = f"{rules.min_volume_fraction:.0%}"
        expectations += [
            gxe.ExpectColumnValuesToBeBetween(column=LANDED, min_value=1, description="the day has no rows"),
            gxe.ExpectColumnValuesToBeBetween(
                column=CLEAN_IN_ALL, min_value=1, description="not a single row is clean"
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column=VOLUME_FRACTION,
                min_value=rules.min_volume_fraction,
                description=f"there are fewer rows than {least} of the median of the {rules.trailing_days} "
                "days before (rules.min_volume_fraction of recipe.yaml)",
            ),
        ]
    return gx.ExpectationSuite(name=f"{table.name} days", expectations=expectations)


def _value_rules(table: Table) -> list[gxe.Expectation]:
    """Return the rules that single values follow by their type and name."""
    return [
        *(
            gxe.ExpectColumnValuesToNotBeNull(column=name, description=f"{name} is null")
            for name in table.required
        ),
        *(
            gxe.ExpectColumnValuesToNotMatchRegex(
                column=VALUE_FAULTS,
                regex=rf"\b{fault.of(name)}\b",
                description=f"{name} {_VALUE_REASONS[fault]}",
            )
            for fault, name in value_faults(table)
        ),
    ]


_VALUE_REASONS: Final = {
    ValueFault.NOT_UTF8: "is not UTF-8",
    ValueFault.NULL_IN_LIST: "has a null in its list",
    ValueFault.LENGTH: f"has not 1 to {MAX_ID_LENGTH} characters",
    ValueFault.NAN: "is NaN",
    ValueFault.NO_NAME_AND_VALUE: "has one that is not written as name=value",
    ValueFault.RETURNS_NO_ORDER: "is less than zero, which only an order may have (a return)",
}


def _common_rules(table: Table, rules: LogRules) -> list[gxe.Expectation]:
    expectations = []
    if "ts" in table.required:
        expectations += [
            gxe.ExpectColumnValuesToBeBetween(
                column=DAYS_FROM_DT, min_value=0, description="ts lies before its day dt"
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column=DAYS_FROM_DT, max_value=0, description="ts lies in the future of its day dt"
            ),
        ]
    if table.name in PRICES:
        price = PRICES[table.name]
        expectations += [
            gxe.ExpectColumnValuesToBeBetween(
                column=price, min_value=0, description=f"{price} is less than zero"
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column=price,
                max_value=rules.max_price,
                description=f"{price} is greater than {rules.max_price:,.0f} (max_price)",
            ),
            gxe.ExpectColumnValuesToMatchRegex(
                column="currency", regex=WHOLE_CURRENCY, description="currency is not three capital letters"
            ),
        ]
    return expectations


def _object_rules() -> list[gxe.Expectation]:
    return [
        _domain_is_known(),
        gxe.ExpectColumnValuesToBeBetween(column="stock", min_value=0, description="stock is less than zero"),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="retired_at",
            column_B="published_at",
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            description="retired_at lies before published_at",
        ),
    ]


def _event_rules() -> list[gxe.Expectation]:
    return [
        _domain_is_known(),
        gxe.ExpectColumnValuesToBeInSet(
            column="action", value_set=list(ACTIONS), description=f"action is none of {', '.join(ACTIONS)}"
        ),
        gxe.ExpectColumnPairValuesToBeEqual(
            column_A="domain",
            column_B=ACTION_DOMAIN,
            ignore_row_if="either_value_is_missing",
            description="action does not belong to domain",
        ),
        _object_is_known(),
        gxe.ExpectColumnPairValuesToBeEqual(
            column_A="domain",
            column_B=OBJECT_DOMAIN,
            ignore_row_if="either_value_is_missing",
            description="domain is not that of the object",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="dwell_s", min_value=0, description="dwell_s is less than zero"
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="dwell_s",
            max_value=MAX_DWELL_S,
            description=f"dwell_s is greater than {MAX_DWELL_S:,.0f}",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="quantity",
            min_value=-MAX_QUANTITY,
            max_value=MAX_QUANTITY,
            description=f"quantity is not between -{MAX_QUANTITY:,} and {MAX_QUANTITY:,}",
        ),
        gxe.ExpectColumnValuesToNotBeInSet(column="quantity", value_set=[0], description="quantity is zero"),
        gxe.ExpectColumnValuesToBeInSet(
            column=USER_KNOWN,
            value_set=[True],
            description="user_id is in no row of users up to the day",
        ),
    ]


def _exposure_rules() -> list[gxe.Expectation]:
    key = ", ".join(EXPOSURE_KEY)
    return [
        gxe.ExpectColumnValuesToBeInSet(
            column=SHOWS_ANOTHER,
            value_set=[False],
            description=f"the day has another object before with the same {key}",
        ),
        _object_is_known(),
        gxe.ExpectColumnValuesToBeBetween(
            column="position", min_value=0, description="position is less than zero"
        ),
    ]


def _domain_is_known() -> gxe.Expectation:
    return gxe.ExpectColumnValuesToBeInSet(
        column="domain", value_set=list(DOMAINS), description=f"domain is none of {', '.join(DOMAINS)}"
    )


def _object_is_known() -> gxe.Expectation:
    return gxe.ExpectColumnValuesToNotBeNull(
        column=OBJECT_DOMAIN, description="object_id is in no row of objects up to the day"
    )
