"""What the check knows of a compiled pipeline: its tasks, what feeds them, the pods of its steps."""
