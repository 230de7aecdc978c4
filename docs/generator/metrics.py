"""The service's Prometheus metrics: name, type, labels and meaning."""

from __future__ import annotations

from types import ModuleType

from prometheus_client.metrics import MetricWrapperBase

from docs.generator.table import code, table


def metrics_reference(module: ModuleType) -> str:
    """Return the table of the metrics that `module` defines, in its order."""
    metrics = [value for value in vars(module).values() if isinstance(value, MetricWrapperBase)]
    return table(["Metric", "Type", "Labels", "Meaning"], map(_row, metrics))


def _row(metric: MetricWrapperBase) -> list[str]:
    (described,) = metric.describe()
    suffix = "_total" if described.type == "counter" else ""  # as a scrape shows it
    labels = ", ".join(map(code, metric._labelnames))  # noqa: SLF001 - prometheus_client has no public accessor
    return [code(f"{described.name}{suffix}"), described.type, labels, described.documentation]
