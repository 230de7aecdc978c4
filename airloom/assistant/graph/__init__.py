"""What a text names: values of the item-attribute graph and titles of the catalogue."""
