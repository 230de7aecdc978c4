"""Airloom: an LLM's understanding of content in e-commerce ranking, without an LLM online."""

from __future__ import annotations

__version__ = "0.1.0"
