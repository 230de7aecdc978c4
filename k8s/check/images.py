"""Whether the name of an image pins its version."""

from __future__ import annotations


def names_version(image: str) -> bool:
    """Return whether `image` carries a digest, or a tag other than `latest`."""
    name, _, tag = image.rpartition(":")
    return bool(name) and "/" not in tag and tag != "latest"
