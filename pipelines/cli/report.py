"""`airloom report`: the local pages, written again from what the last runs left."""

from __future__ import annotations

from pipelines.cli.options import DEFAULT_HOME, HomeOption
from pipelines.home import Home


def report(home: HomeOption = DEFAULT_HOME) -> None:
    """Write the pages of the last runs and print the path of the index.

    Example: airloom report --home .airloom
    """
    from pipelines.report.index import write_index

    print(write_index(Home.at(home))["index"])
