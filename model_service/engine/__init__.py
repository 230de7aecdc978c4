"""From a request to a page: rank, fall back, explain."""
