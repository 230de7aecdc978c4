"""Whether an image is named so that it is the same one tomorrow."""

from __future__ import annotations


def names_version(image: str) -> bool:
    """Whether `image` carries a digest, or a tag other than `latest`."""
    name, _, tag = image.rpartition(":")
    return bool(name) and "/" not in tag and tag != "latest"
