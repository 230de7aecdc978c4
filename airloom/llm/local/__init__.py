"""A small language model on this machine: its file, from packages, and its server."""
