"""Calls from the office to residents."""
