"""Great Expectations as this step uses it: frames are checked, and a Data Docs site shows the results."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final

import great_expectations as gx
import numpy as np
import pandas as pd
import pyarrow as pa

from airloom.logs.quarantine import RuleViolation
from airloom.timestamps import end_of, to_datetime

SITE: Final = "logs"
# Every failing row, by its number; the values and a query to find them again are not needed and cost much.
RESULT_FORMAT: Final = {"result_format": "COMPLETE", "return_unexpected_index_query": False}


class ValidationReport:
    """Checks frames; each becomes one document of a Data Docs site."""

    def __init__(self, context: Any, *, folder: Path, day: date) -> None:
        self._context, self._day = context, day
        self.index = folder / "index.html"
        self._frames = context.data_sources.add_pandas("landed logs")

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
        return [_violation(outcome) for outcome in result.results if not outcome.success]


@contextmanager
def data_docs(folder: Path, *, day: date) -> Iterator[ValidationReport]:
    """Yield a report; its Data Docs are built in `folder` when the block ends, even with an error.

    Args:
        folder: Where the site goes; `index.html` is its front page.
        day: The day of the run, whose end is the time that the pages show.
    """
    with tempfile.TemporaryDirectory(prefix="airloom-gx-") as home:
        context = gx.get_context(mode="file", project_root_dir=home)
        context.variables.progress_bars = {"globally": False}
        context.add_data_docs_site(SITE, _site(folder))
        try:
            yield ValidationReport(context, folder=folder, day=day)
        finally:
            context.build_data_docs(site_names=[SITE])


def _site(folder: Path) -> dict[str, Any]:
    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {
            "class_name": "TupleFilesystemStoreBackend",
            "base_directory": str(folder.resolve()),
        },
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }


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
