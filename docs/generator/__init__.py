"""Writes the pages of the reference from the code, so that they cannot say anything else."""
