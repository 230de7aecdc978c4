"""The `airloom` command: one file a command."""
