"""Rows on their way to the lake: kept on the disk until they are there."""
