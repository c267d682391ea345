"""Calls from the office to residents, as they are begun, go on and end."""
