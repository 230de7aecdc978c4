"""The local reports: one index that links every report of the latest runs."""
