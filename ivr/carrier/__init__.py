"""The carrier's REST API, and who opted out of text messages."""
