"""The documentation: Markdown pages, and `generator`, which writes the reference from the code."""
