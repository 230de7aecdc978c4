"""The local pages: one index that links every report of a run."""
