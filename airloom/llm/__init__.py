"""Ask a language model many questions of one kind: durably, in shards, within a budget, each once."""
