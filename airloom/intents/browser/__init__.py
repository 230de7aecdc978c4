"""One page to look at intents: search, node sizes, coverage, merges, rejected replies."""
