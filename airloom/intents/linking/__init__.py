"""From free labels to nodes: the merchant's tree, needs, and one node table that only grows."""
