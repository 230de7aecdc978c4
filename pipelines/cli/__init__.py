"""The `airloom` command: one file per command."""
