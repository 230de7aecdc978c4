"""Which products to rank when a request names none."""
