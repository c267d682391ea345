"""Notices to the office's staff: who is told of what, in the page and by e-mail."""
