"""A compiled pipeline and its rules: its tasks, what feeds them, the pods of its steps."""
