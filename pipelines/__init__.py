"""Which steps run in which order, with which settings, and the `airloom` command that starts them."""
