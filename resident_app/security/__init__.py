"""Attempt limits, capacity, the audit log and the event log. Nothing here knows about web requests."""
