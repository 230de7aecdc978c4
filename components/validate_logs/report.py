"""Great Expectations as this step uses it: frames are checked, and a report shows the results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final

import great_expectations as gx
import numpy as np
import pandas as pd
import pyarrow as pa

from airloom.errors import one_line
from airloom.files import write_text
from airloom.logs.quarantine import RuleViolation
from airloom.logs.repeats import RepeatCounts
from airloom.timestamps import end_of, to_datetime
from components.validate_logs.outcome_report import CheckedFrame, CheckedRule, RepeatedRows, outcome_report

# Every failing row, by its number; a query to find them again is not needed and costs much.
RESULT_FORMAT: Final = {"result_format": "COMPLETE", "return_unexpected_index_query": False}
USER_ID: Final = "user_id"
"""The column of which the report shows no value."""
MAX_EXAMPLES: Final = 3
MAX_EXAMPLE_CHARACTERS: Final = 60


class ValidationReport:
    """Checks frames and remembers what the rules said of each, for the report."""

    def __init__(self, context: Any, *, folder: Path, day: date) -> None:
        self._context, self._day = context, day
        self.index = folder / "index.html"
        self._frames = context.data_sources.add_pandas("landed logs")
        self._checked: list[CheckedFrame] = []
        self._days: dict[str, list[pa.Table]] = {}
        self._repeats: list[RepeatedRows] = []
        self._missing: Sequence[date] = ()
        self.ended = False
        """Whether everything was checked."""

    def violations(self, suite: gx.ExpectationSuite, rows: pa.Table, *, name: str) -> list[RuleViolation]:
        """Check `rows` and return the rules that were broken, with the numbers of the rows that broke them.

        Args:
            suite: Expectations about rows, each with a description.
            rows: The frame.
            name: What the frame is called in the report; no two frames may share it.

        Raises:
            RuntimeError: An expectation could not be evaluated at all.
        """
        batch = self._frames.add_dataframe_asset(name).add_batch_definition_whole_dataframe(name)
        validation = self._context.validation_definitions.add(
            gx.ValidationDefinition(name=name, data=batch, suite=self._context.suites.add_or_update(suite))
        )
        result = validation.run(
            batch_parameters={"dataframe": _frame(rows, suite)},
            result_format=RESULT_FORMAT,
            run_id=gx.RunIdentifier(run_name=name, run_time=to_datetime(end_of(self._day))),
        )
        violations = [_violation(outcome) for outcome in result.results if not outcome.success]
        rules = [_rule(outcome) for outcome in result.results]
        self._checked.append(CheckedFrame(suite.name, name, rows.num_rows, rules))
        return violations

    def show_days(self, table: str, facts: pa.Table) -> None:
        """Show the row counts of days, as `airloom.logs.row_counts.day_facts` gives them."""
        self._days.setdefault(table, []).append(facts)

    def show_repeats(self, table: str, period: str, rows: int, counts: RepeatCounts) -> None:
        """Show how many of the rows that were compared do not count because of another row."""
        self._repeats.append(RepeatedRows(table, f"{table} {period}", rows, counts))

    def show_missing_days(self, missing: Sequence[date]) -> None:
        """Show the days without delivered events."""
        self._missing = missing

    def write(self) -> None:
        """Write the report of what was checked so far."""
        report = outcome_report(
            self._day, self._checked, self._days, self._repeats, self._missing, ended=self.ended
        )
        write_text(self.index, report)


@contextmanager
def validation_report(folder: Path, *, day: date) -> Iterator[ValidationReport]:
    """Yield a report; it is written into `folder` when the block ends, even with an error.

    Great Expectations' own site is not built: its pages load styles and scripts from seven hosts, and without
    a network they are empty.

    Args:
        folder: Where the report goes; `index.html` is the only file.
        day: The day of the run.
    """
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    report = ValidationReport(context, folder=folder, day=day)
    try:
        yield report
        report.ended = True
    finally:
        report.write()


def _frame(rows: pa.Table, suite: gx.ExpectationSuite) -> pd.DataFrame:
    """Return the columns that the suite asks for: Great Expectations hashes whatever it is given."""
    asked = {
        getattr(expectation, attribute, None)
        for expectation in suite.expectations
        for attribute in ("column", "column_A", "column_B")
    }
    frame: pd.DataFrame = rows.select([name for name in rows.column_names if name in asked]).to_pandas()
    return frame


def _violation(outcome: Any) -> RuleViolation:
    reason = outcome.expectation_config.description
    if outcome.exception_info.get("raised_exception", True):
        raise RuntimeError(f"The rule '{reason}' could not be evaluated: {outcome.exception_info}")
    return RuleViolation(reason, np.asarray(outcome.result["unexpected_index_list"], np.int64))


def _rule(outcome: Any) -> CheckedRule:
    config, result = outcome.expectation_config, outcome.result
    values = [] if config.kwargs.get("column") == USER_ID else result["partial_unexpected_list"]
    examples = sorted(
        {one_line(str(value))[:MAX_EXAMPLE_CHARACTERS] for value in values if value is not None}
    )
    return CheckedRule(
        config.description, config.type, int(result["unexpected_count"]), tuple(examples[:MAX_EXAMPLES])
    )
