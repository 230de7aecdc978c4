"""Cards that were written elsewhere, in free text: read, bounded, and stored by version."""
