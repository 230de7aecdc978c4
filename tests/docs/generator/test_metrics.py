from __future__ import annotations

from types import ModuleType

from prometheus_client import CollectorRegistry, Counter, Gauge

from docs.generator.metrics import metrics_reference


def test_every_metric_has_the_name_of_a_scrape_its_labels_and_meaning() -> None:
    registry = CollectorRegistry()
    module = ModuleType("metrics")
    vars(module)["PAGES"] = Counter("shop_pages", "Pages.", ["variant"], registry=registry)
    vars(module)["QUEUED"] = Gauge("shop_queued", "Waiting.", registry=registry)
    vars(module)["OTHER"] = "no metric"

    assert metrics_reference(module).splitlines()[2:] == [
        "| `shop_pages_total` | counter | `variant` | Pages. |",
        "| `shop_queued` | gauge |  | Waiting. |",
    ]
