"""The benchmark on public data: datasets, a protocol that cannot flatter, every model, a report."""
