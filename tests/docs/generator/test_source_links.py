from __future__ import annotations

import pytest

from docs.generator.source_links import unlink_source


@pytest.mark.parametrize(
    ("link", "on_the_site"),
    [
        ("[the recipes](../../pipelines/recipes.py)", "the recipes (`pipelines/recipes.py`)"),
        ("[recipes.py](../../pipelines/recipes.py)", "`pipelines/recipes.py`"),
        ("[contributing](../../CONTRIBUTING.md#map)", "contributing (`CONTRIBUTING.md`)"),
        ("[logs](deliver-logs.md#landing)", "[logs](deliver-logs.md#landing)"),
        ("[ranking](../explanation/ranking.md)", "[ranking](../explanation/ranking.md)"),
        ("[Feast](https://feast.dev)", "[Feast](https://feast.dev)"),
        ("![picture](../images/loops.svg)", "![picture](../images/loops.svg)"),
        ("[below](#below)", "[below](#below)"),
    ],
)
def test_only_links_out_of_the_docs_become_text(link: str, on_the_site: str) -> None:
    assert unlink_source(link, page="how-to/serve.md") == on_the_site
