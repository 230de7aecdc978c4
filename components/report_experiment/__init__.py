"""Reads the result of an experiment out of the lake."""
