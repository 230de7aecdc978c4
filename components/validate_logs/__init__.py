"""Validates landed logs with Great Expectations: rules, report, quarantine."""
