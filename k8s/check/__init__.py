"""Checks every overlay: strict schemas, references between objects, and the rules of a hardened pod."""
