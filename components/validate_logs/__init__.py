"""Validates landed logs with Great Expectations: rules, Data Docs, quarantine."""
