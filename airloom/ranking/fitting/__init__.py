"""One loop that fits any network of ours, and its checkpoints."""
