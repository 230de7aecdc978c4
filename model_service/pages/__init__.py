"""Pages: from a request to an ordered list with reasons, whatever is broken."""
