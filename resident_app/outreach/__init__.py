"""The outreach office's side: help requests, their references, and the key that opens them."""
