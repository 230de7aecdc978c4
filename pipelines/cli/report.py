"""`airloom report`: the local reports, written again from what the latest runs left."""

from __future__ import annotations

from pipelines.cli.options import DEFAULT_HOME, HomeOption
from pipelines.home import Home


def report(home: HomeOption = DEFAULT_HOME) -> None:
    """Write the reports of the latest runs and print the path of the index.

    Example: airloom report --home .airloom
    """
    from pipelines.report.index import write_index

    print(write_index(Home.at(home))["index"])
