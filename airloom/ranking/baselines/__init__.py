"""Rankers that AIR has to beat, behind the same interface."""
