"""The files that `airloom init` copies into a new home."""
